export { KeyPairAuthenticator, type KeyPair, type KeyPairOptions } from './key-pair-authenticator';
