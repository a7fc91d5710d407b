export const HELP = `usage: node index.js [--help]

Serves the three functions over HTTP, at /register, /transfer and /cleanup, until SIGTERM; beside them /healthz, /readyz
and /metrics, which are open to all.

environment:
  DATABASE_URL    sqlite:PATH or mysql://user:password@host/database
  SENDBACK_URL    the reverse push address
  SENDBACK_TOKEN, SENDBACK_CA, SENDBACK_CERT and SENDBACK_KEY
                  what it asks for besides: a bearer token; paths of PEM files where it is https:
  QUEUE_URL       database: or amqp://user:password@host/vhost
  QUEUE_LANES     how many lanes it has (8); the same for all who use it
  JWT_SECRET, JWT_PUBLIC_KEY or JWT_JWKS_URL, with JWT_ISSUER, JWT_AUDIENCE and JWT_USER_CLAIM
                  what clients' tokens are checked by; without, everybody may connect
  FUNCTION_SECRET what the gateway signs calls by, its \`secret\`: whsec_ and base64, or 32 characters or more. Two of
                  them, comma-separated, are both good while it is changed. Without, whoever reaches it may call
  HOST            where it listens (127.0.0.1): without a secret, whoever reaches it can speak for any client
  PORT            (8090)
  MAX_CONCURRENT  calls at once (64); further ones wait for up to a second, then get 503
  LOG_LEVEL       debug, info, warn, error or silent (info)
`;
