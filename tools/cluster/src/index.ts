export { type Cluster, type ClusterOptions, startCluster } from './cluster';
export { GATEWAY_FLAGS } from './gateway-flags';
export { type Part } from './part';
export { type Plan } from './plan';
