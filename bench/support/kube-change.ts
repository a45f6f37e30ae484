/**
 * What kube-proxy writes when the one endpoint of a service is replaced: the service's chain anew, a chain for the endpoint that
 * came, and the one of the endpoint that went is gone. For `iptables-restore --noflush`.
 * @module
 */
import type { Service } from './kube.ts';

/** Endpoints that come live in 10.243.0.0/16. */
const NEW_PODS = '10.243';

export interface Change {
  readonly text: string;
  readonly pod: string;
}

/** The change of a service whose endpoint chain is `endpoint`. */
export function changeOf(service: Service, endpoint: string, number: number): Change {
  const { address, port, chain } = service;
  const pod = `${NEW_PODS}.${number >> 8}.${number & 255}`;
  const fresh = `KUBE-SEP-NEW${String(number).padStart(13, 'A')}`;
  const label = `-m comment --comment "changed/app-${number}:http"`;
  const text = `*nat
:${chain} - [0:0]
:${fresh} - [0:0]
:${endpoint} - [0:0]
-A ${chain} ! -s 10.244.0.0/14 -d ${address}/32 -p tcp ${label} -m tcp --dport ${port} -j KUBE-MARK-MASQ
-A ${chain} ${label} -j ${fresh}
-A ${fresh} -s ${pod}/32 ${label} -j KUBE-MARK-MASQ
-A ${fresh} -p tcp ${label} -m tcp -j DNAT --to-destination ${pod}:8080
-X ${endpoint}
COMMIT
`;
  return { text, pod };
}

/** The endpoint chain a service of one endpoint jumps to in an iptables-save text. */
export function endpointOf(text: string, { chain }: Service): string {
  const [, endpoint] = new RegExp(`^-A ${chain} .*-j (KUBE-SEP-\\w+)$`, 'm').exec(text) ?? [];
  if (endpoint === undefined) throw new Error(`${chain} has no endpoint`);
  return endpoint;
}
