export { type Cluster, type ClusterOptions, startCluster } from './cluster';
export { type Part } from './part';
export { type Plan } from './plan';
