import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { TransferEvent } from '@sendback/domain/gateway';
import { type Credential, tc3Refusal } from './tc3-signature';

/** What the API was asked, once the signature was found right. */
export interface Asked {
  readonly headers: http.IncomingHttpHeaders;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly port: number | undefined;
}

/** Answers in place of the function, or of the whole API. */
export type Answering = (response: http.ServerResponse, asked: Asked) => void;

const REQUEST_ID = '8f1f1a5c-0000-4000-8000-1f9d6b6d3c11';

export const credential: Credential = {
  secretId: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE',
  secretKey: 'Gu5t9xGARNpq86cd98joQYCN3EXAMPLE',
};

/** A stand-in of SCF's API: InvokeFunction over HTTP, its signature checked, its answers in Tencent's form. */
export class ScfApi {
  readonly asked: Asked[] = [];

  private constructor(
    private readonly server: http.Server,
    readonly endpoint: string,
  ) {}

  static async start(answering: Answering, owner: Credential = credential): Promise<ScfApi> {
    const server = http.createServer((request, response) => {
      void buffer(request).then((body) => api.answer(request, body, response, answering, owner));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const api = new ScfApi(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return api;
  }

  /** One that has this function. */
  static async of(run: (event: TransferEvent) => unknown): Promise<ScfApi> {
    return ScfApi.start((response, { parameters }) => {
      const call = async (): Promise<void> => {
        const value = await run(JSON.parse(String(parameters['Event'])) as TransferEvent);
        returns(response, JSON.stringify(value ?? null));
      };
      void call().catch((error: unknown) => throws(response, String(error)));
    });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(
    { method, url, headers, socket }: http.IncomingMessage,
    body: Buffer,
    response: http.ServerResponse,
    answering: Answering,
    owner: Credential,
  ): void {
    const isKnown = method === 'POST' && url === '/' && headers['x-tc-version'] === '2018-04-16';
    const refusal =
      tc3Refusal(headers, body, owner) ??
      (isKnown ? null : 'InvalidParameter') ??
      (headers['x-tc-action'] === 'InvokeFunction' ? null : 'InvalidAction');
    if (refusal) {
      refuses(response, refusal);
      return;
    }
    const parameters = JSON.parse(body.toString()) as Record<string, unknown>;
    const asked = { headers, parameters, port: socket.remotePort };
    this.asked.push(asked);
    answering(response, asked);
  }
}

/** What an API 3.0 of Tencent answers, errors included, is a 200 with `Response`. */
export function answers(response: http.ServerResponse, content: object): void {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ Response: { ...content, RequestId: REQUEST_ID } }));
}

export function refuses(response: http.ServerResponse, code: string, message = `about ${code}`): void {
  answers(response, { Error: { Code: code, Message: message } });
}

export function returns(response: http.ServerResponse, retMsg: string, more: object = {}): void {
  const figures = { MemUsage: 3_207_168, BillDuration: 100, Duration: 0.826 };
  const result = { ...figures, Log: '', RetMsg: retMsg, ErrMsg: '', InvokeResult: 0 };
  answers(response, {
    Result: { ...result, FunctionRequestId: '6add56fa-58f1-11e8-89a9-5254005d5fdb', ...more },
  });
}

/** What SCF makes of an exception in the function. */
export function throws(response: http.ServerResponse, stackTrace: string): void {
  const report = { errorCode: -1, errorMessage: 'user code exception caught', stackTrace, statusCode: 430 };
  returns(response, JSON.stringify(report), { ErrMsg: stackTrace, InvokeResult: 1 });
}
