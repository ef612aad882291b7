/**
 * ML-KEM as the vector tests see it: seeds for every implementation that runs here (ours for 768, the library's for
 * 1024), and the software's expanded keys and fixed randomness, which the platform does not offer.
 */
import { ml_kem1024 as software1024, ml_kem768 as software768 } from '@noble/post-quantum/ml-kem.js';
import { ml_kem1024 as native1024 } from '@noble/post-quantum/webcrypto.js';
import { type KemImplementation, nativeKem, selectKem, softwareKem } from '../../ml-kem/ml-kem-768.ts';

export type ParameterSet = 'ML-KEM-768' | 'ML-KEM-1024';

const softwareKem1024: KemImplementation = {
  name: 'software',
  keyPairFromSeed: async seed => ({ seed, encapsulationKey: software1024.keygen(seed).publicKey }),
  async encapsulate(encapsulationKey) {
    const { cipherText, sharedSecret } = software1024.encapsulate(encapsulationKey);
    return { ciphertext: cipherText, sharedSecret };
  },
  decapsulate: async (seed, ciphertext) =>
    software1024.decapsulate(ciphertext, software1024.keygen(seed).secretKey),
};

const nativeKem1024: KemImplementation = {
  name: 'webcrypto',
  keyPairFromSeed: async seed => ({ seed, encapsulationKey: (await native1024.keygen(seed)).publicKey }),
  async encapsulate(encapsulationKey) {
    const { cipherText, sharedSecret } = await native1024.encapsulate(encapsulationKey);
    return { ciphertext: cipherText, sharedSecret };
  },
  decapsulate: (seed, ciphertext) => native1024.decapsulate(ciphertext, seed),
};

/** Every implementation that this browser has; the platform's is absent in some. */
export async function kemsOf(set: ParameterSet): Promise<readonly KemImplementation[]> {
  const hasNative = (await selectKem()) === nativeKem;
  const [native, software] =
    set === 'ML-KEM-768' ? [nativeKem, softwareKem] : [nativeKem1024, softwareKem1024];
  return hasNative ? [native, software] : [software];
}

/** The software implementation, with expanded decapsulation keys and chosen randomness. */
export function expandedKem(set: ParameterSet): typeof software768 {
  return set === 'ML-KEM-768' ? software768 : software1024;
}
