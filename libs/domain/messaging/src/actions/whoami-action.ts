import { type ActionReply, type ActionRequest, ClientAction } from '../client-action';

/** `{"action":"whoami"}`: tells a client its own connection id. */
export class WhoamiAction extends ClientAction {
  readonly name = 'whoami';

  async execute({ connectionId }: ActionRequest): Promise<ActionReply> {
    return { connectionId };
  }
}
