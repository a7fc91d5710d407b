import { type Cluster, type ClusterOptions, startCluster } from '@sendback/tools/cluster';

const START_MS = 180_000;

/** A new cluster for each test. It is gone afterwards, whatever happened; and nothing of it may have ended by itself. */
export function clusterForEach(
  options: Partial<Pick<ClusterOptions, 'queue' | 'gateways'>> = {},
): () => Cluster {
  let cluster: Cluster | null = null;
  let lost: string[] = [];
  beforeEach(async () => {
    lost = [];
    cluster = await startCluster({
      broadcasters: 2,
      gateways: 1,
      port: null,
      hear: () => undefined,
      lost: (name, how) => void lost.push(`${name} ${how}`),
      ...options,
    });
  }, START_MS);
  afterEach(async () => {
    await cluster?.remove();
    cluster = null;
    expect(lost).toEqual([]);
  }, START_MS);
  return () => {
    if (!cluster) throw new Error('there is a cluster only during a test');
    return cluster;
  };
}
