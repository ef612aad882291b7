/** Calls for tests of elements and for screenshots. */
import type { CallService, CallSnapshot, CallView, ContactId, DeviceKind } from '@enk/context';
import { Store } from '@enk/services';
import type { IntentLog } from './service-set.ts';

const NO_FLAGS = {
  hasMicrophone: true,
  hasCamera: false,
  hasScreen: false,
  isHeld: false,
  isHandRaised: false,
};

export function callSnapshot(change: Partial<CallSnapshot> = {}): CallSnapshot {
  return {
    call: null,
    local: {
      stream: new MediaStream(),
      hasMicrophone: true,
      hasCamera: false,
      hasScreen: false,
      level: 0.4,
      devices: {
        microphone: [{ id: 'm1', label: 'Built-in microphone' }],
        camera: [{ id: 'c1', label: 'Front camera' }],
        speaker: [{ id: 's1', label: 'Headphones' }],
      },
      chosen: { microphone: '', camera: '', speaker: '' },
      hasNoiseSuppression: true,
      hasEchoCancellation: true,
      trouble: null,
    },
    members: [],
    missed: [],
    reactions: [],
    trouble: null,
    sealedEpoch: null,
    ...change,
  };
}

export function callWith(
  contactIds: readonly ContactId[],
  phase: CallView['phase'],
  change: Partial<CallView> = {},
): CallView {
  const memberPhase = {
    calling: 'ringing',
    incoming: 'incoming',
    connecting: 'joining',
    active: 'present',
    ended: 'gone',
  } as const;
  return {
    id: 'AAAAAAAAAAAAAAAAAAAAAA' as CallView['id'],
    isOutgoing: phase === 'calling',
    isVideo: true,
    phase,
    endReason: null,
    startedAtMs: phase === 'active' ? Date.now() - 83_000 : null,
    mayChangeMembers: true,
    epoch: phase === 'active' ? 1 : null,
    flags: NO_FLAGS,
    members: contactIds.map((contactId, index) => ({
      contactId,
      phase: memberPhase[phase],
      reason: null,
      flags: { ...NO_FLAGS, hasMicrophone: index % 2 === 0, isHandRaised: index === 1 },
    })),
    ...change,
  };
}

export class TestCalls extends Store<CallSnapshot> implements CallService {
  constructor(private readonly log: IntentLog) {
    super(callSnapshot());
  }
  start(contactId: ContactId, isVideo: boolean): Promise<void> {
    return this.log.record('startCall', { contactId, isVideo });
  }
  accept(isVideo: boolean): Promise<void> {
    return this.log.record('acceptCall', { isVideo });
  }
  decline(): Promise<void> {
    return this.log.record('declineCall', null);
  }
  hangUp(): Promise<void> {
    return this.log.record('hangUp', null);
  }
  invite(contactId: ContactId): Promise<void> {
    return this.log.record('inviteToCall', contactId);
  }
  remove(contactId: ContactId): Promise<void> {
    return this.log.record('removeFromCall', contactId);
  }
  setMicrophone(isOn: boolean): Promise<void> {
    return this.log.record('setMicrophone', isOn);
  }
  setCamera(isOn: boolean): Promise<void> {
    return this.log.record('setCamera', isOn);
  }
  setScreen(isOn: boolean): Promise<void> {
    return this.log.record('setScreen', isOn);
  }
  setHeld(isHeld: boolean): Promise<void> {
    return this.log.record('setHeld', isHeld);
  }
  setHand(isRaised: boolean): Promise<void> {
    return this.log.record('setHand', isRaised);
  }
  showRows(contactId: ContactId, rows: number): Promise<void> {
    return this.log.record('showCallRows', { contactId, rows });
  }
  react(emoji: string): Promise<void> {
    return this.log.record('react', emoji);
  }
  chooseDevice(kind: DeviceKind, id: string): Promise<void> {
    return this.log.record('chooseDevice', { kind, id });
  }
  setProcessing(options: object): Promise<void> {
    return this.log.record('setProcessing', options);
  }
  check(): Promise<void> {
    return this.log.record('checkDevices', null);
  }
  release(): void {
    void this.log.record('releaseDevices', null);
  }
  dismiss(): Promise<void> {
    return this.log.record('dismissCall', null);
  }
  dismissMissed(contactId: ContactId): Promise<void> {
    return this.log.record('dismissMissed', contactId);
  }
}
