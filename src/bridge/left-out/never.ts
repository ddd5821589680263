// Stands where a dependency imports a package that this bridge never comes to: mail (mimetext), RPC over WebSockets (capnweb),
// and JSON Schema compilers (ajv). Named in wrangler.toml under [alias]; anyone who comes here after all is told.

function leftOut(): never {
  throw new Error("this part was left out of the bundle: see [alias] in wrangler.toml");
}

export default leftOut;
export { leftOut as createMimeMessage, leftOut as newWebSocketRpcSession };

/** capnweb's: extended when its importer loads, so only making one is refused. */
export class RpcTarget {
  constructor() {
    leftOut();
  }
}
