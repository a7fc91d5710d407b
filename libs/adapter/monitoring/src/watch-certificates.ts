import { X509Certificate } from 'node:crypto';
import type { Metrics } from './metrics';

/**
 * Shows until when certificates are valid.
 * @param read each listener's certificate in PEM, its own first; asked whenever it is scraped
 */
export function watchCertificates(read: () => Readonly<Record<string, string>>, metrics: Metrics): void {
  metrics.gauge(
    {
      name: 'sendback_certificate_expiry_timestamp_seconds',
      help: 'Until when the certificate of a listener is valid, in seconds since 1970',
      labelNames: ['listener'],
    },
    () =>
      Object.entries(read()).map(([listener, pem]) => ({
        labels: { listener },
        value: Date.parse(new X509Certificate(pem).validTo) / 1_000,
      })),
  );
}
