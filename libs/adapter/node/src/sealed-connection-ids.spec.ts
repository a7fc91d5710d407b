import { connectionIdsContract } from '@sendback/domain/gateway/testing';
import { SealedConnectionIds } from './sealed-connection-ids';

connectionIdsContract('AES-128', (key) => new SealedConnectionIds(`secret ${key}`));
