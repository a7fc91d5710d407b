import { execFileSync } from 'node:child_process';
import { Metrics } from './metrics';
import { scrape } from './testing/scrape';
import { watchCertificates } from './watch-certificates';

function certificate(days: number): string {
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const more = ['-days', String(days), '-subj', '/CN=test', '-keyout', '-', '-out', '-'];
  return execFileSync('openssl', ['req', ...kind, ...more], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).replace(/^[^]+?(?=-----BEGIN CERTIFICATE)/, '');
}

it('until when certificates are valid is shown, also once there are others', async () => {
  const metrics = new Metrics('test');
  let pem = certificate(2);
  watchCertificates(() => ({ clients: pem }), metrics);
  const daysLeft = async (): Promise<number> => {
    const shown = await scrape(metrics, 'sendback_');
    const until = shown['sendback_certificate_expiry_timestamp_seconds{listener="clients"}'] ?? 0;
    return (until - Date.now() / 1_000) / 86_400;
  };
  expect(await daysLeft()).toBeCloseTo(2, 1);
  pem = certificate(30) + certificate(5);
  expect(await daysLeft()).toBeCloseTo(30, 1);
  pem = 'nonsense';
  expect(await scrape(metrics, 'sendback_')).toEqual({});
});
