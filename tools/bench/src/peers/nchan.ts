import { writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { freePorts, LocalServer, type Recipe } from '@sendback/tools/services';
import { PLAIN, textOf } from '../fanout/message';
import type { Served } from '../fanout/served';
import { post } from '../fanout/tool-process';
import { withOpenFiles } from '../support/open-files';
import { withChildren } from '../support/process-usage';
import { NCHAN_MODULE, program, requirePeer } from './programs';

/** nginx with one worker: clients subscribe by WebSocket to a channel for each group, messages are posted to it. */
export async function startNchan(groups: readonly number[]): Promise<Served> {
  requirePeer('nchan');
  const [port = 0] = await freePorts(1);
  const server = await LocalServer.create((folder) => Promise.resolve(recipe(folder, port)));
  const agent = new Agent({ keepAlive: true });
  return {
    name: 'nchan',
    port,
    groups: groups.map((count) => ({ path: `/subscribe?channel=${count}`, count })),
    dialect: PLAIN,
    pids: () => withChildren(server.pids),
    publish: (number, { clients, bytes }) =>
      post({ port, path: `/publish?channel=${clients}`, agent }, textOf(number, bytes)),
    stop: async () => {
      agent.destroy();
      await server.remove();
    },
  };
}

function recipe(folder: string, port: number): Recipe {
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, port));
  const command = { file: program('nginx'), args: ['-p', folder, '-c', file, '-e', 'stderr'], env: {} };
  return {
    url: `http://127.0.0.1:${port}/`,
    helpers: [],
    server: withOpenFiles(command),
    ask: async (url) => (await fetch(url)).headers.get('server') ?? 'nginx',
  };
}

/** As little as it can do: nothing is logged, no message outlives what slow clients may need of it. */
function configuration(folder: string, port: number): string {
  return `
load_module ${NCHAN_MODULE};
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${folder}/pid;
error_log stderr error;
worker_processes 1;
events { worker_connections 16384; }
http {
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_body_buffer_size 64k;
  nchan_shared_memory_size 128M;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { return 200; }
    location = /subscribe {
      nchan_subscriber websocket;
      nchan_channel_id $arg_channel;
      nchan_subscriber_first_message newest;
    }
    location = /publish {
      nchan_publisher http;
      nchan_channel_id $arg_channel;
      nchan_message_buffer_length 256;
      nchan_message_timeout 20s;
    }
  }
}
`;
}
