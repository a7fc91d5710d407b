export { JwtConnectPolicy } from './jwt-connect-policy';
export { type JwtKeys, type JwtOptions, parseJwksUrl, parsePublicKey, parseSecret } from './jwt-options';
