import { answerJson2, answerVersion } from './json2';
import { answerJsonRpc } from './json-rpc';
import type { RpcReply, RpcRequest } from './rpc-reply';
import type { RpcService } from './rpc-service';

/** True for the addresses of external RPC. */
export function isRpcPath(path: string): boolean {
  return path === '/jsonrpc' || path === '/json/version' || path.startsWith('/json/2/');
}

export function answerRpc(request: RpcRequest, service: RpcService): Promise<RpcReply> | RpcReply {
  if (request.path === '/jsonrpc') return answerJsonRpc(request, service);
  return request.path === '/json/version' ? answerVersion(request, service) : answerJson2(request, service);
}
