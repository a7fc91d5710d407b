export { HttpApi, type HttpApiOptions } from './http-api';
