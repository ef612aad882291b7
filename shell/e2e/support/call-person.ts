/** A person in a call: reads what the media elements on the screen really play. */
import { describeCounts } from './call-connections.ts';
import type { Person } from './person.ts';

/** A camera with a moving picture, a microphone that beeps, and a screen that is chosen by itself. */
export const FAKE_DEVICES = fakeDevices(20);

/** The fewer frames a second, the more people two cores hold. */
export function fakeDevices(framesPerSecond: number): readonly string[] {
  return [
    `--use-fake-device-for-media-stream=fps=${framesPerSecond}`,
    '--use-fake-ui-for-media-stream',
    '--auto-select-desktop-capture-source=Entire screen',
    '--autoplay-policy=no-user-gesture-required',
  ];
}

const WAIT_MS = 90_000;

const ICE_NAMES = `globalThis.__connections
  .filter(({ connectionState }) => connectionState === 'connected')
  .map(({ localDescription }) => /a=ice-ufrag:(\\S+)/.exec(localDescription.sdp)?.[1] + (localDescription.sdp.includes('m=video') ? '' : '-'))
  .filter(name => !name.endsWith('-'))
  .join()`;

export class CallPerson {
  constructor(readonly person: Person) {}

  async untilPhase(phase: string): Promise<void> {
    await this.#until(`the call is ${phase}`, `find('call')?.dataset.phase === ${JSON.stringify(phase)}`);
  }

  async untilGone(testId: string): Promise<void> {
    await this.#until(`no ${testId}`, `find(${JSON.stringify(testId)}) === undefined`);
  }

  /**
   * Picture of a member, of the only one without a name, differs from the first one that is seen from now on, and is no
   * even field: frames of a camera that moves. Firefox's fake camera changes its colour slowly.
   */
  async untilMovingPicture(name = ''): Promise<void> {
    await this.#evaluate('(globalThis.__pictures = new Map()).size');
    await this.#until(
      `a moving picture of ${name}`,
      `(() => {
        const video = tileOf(${JSON.stringify(name)})?.shadowRoot.querySelector('video');
        if (!video || video.videoWidth === 0) return false;
        const canvas = (globalThis.__canvas ??= Object.assign(document.createElement('canvas'), { width: 32, height: 18 }));
        const context = canvas.getContext('2d', { willReadFrequently: true });
        context.drawImage(video, 0, 0, 32, 18);
        const now = [...context.getImageData(0, 0, 32, 18).data];
        const before = globalThis.__pictures.get(video);
        if (!before) globalThis.__pictures.set(video, now);
        const spread = Math.max(...now) - Math.min(...now.filter((_, i) => i % 4 !== 3));
        const changed = before ? now.filter((value, i) => Math.abs(value - before[i]) > 24).length : 0;
        return spread > 60 && changed > 8;
      })()`,
      250,
    );
  }

  /** A tile has presented so many frames since it is there; a screen on which nothing moves sends few. */
  async untilFrames(testId: string, count: number): Promise<void> {
    const video = `find(${JSON.stringify(testId)})?.shadowRoot.querySelector('video')`;
    // Firefox counts frames of streams under its own name only.
    const read = `(${video}?.mozPaintedFrames ?? ${video}?.getVideoPlaybackQuality().totalVideoFrames ?? 0)`;
    await this.#until(`${count} frames of ${testId}`, `${read} >= ${count}`);
  }

  /** A member's sound has energy: the fake microphone beeps once a second. */
  async untilHeard(name = ''): Promise<void> {
    await this.#listen(name);
    await this.#until(`a sound of ${name}`, 'globalThis.__ear.peak() > 0.01', 100);
  }

  /** Sound with energy was decoded, as the connection counts it: where no device is there to play it. */
  async untilSoundDecoded(): Promise<void> {
    await this.#until(
      'sound that was decoded',
      `(async () => {
        for (const connection of globalThis.__connections)
          for (const report of (await connection.getStats()).values())
            if (report.type === 'inbound-rtp' && report.totalAudioEnergy > 0.01) return true;
        return false;
      })()`,
      200,
    );
  }

  /** Two seconds without any: longer than from beep to beep. */
  async untilSilent(name = ''): Promise<void> {
    await this.#listen(name);
    await this.#until(
      `silence of ${name}`,
      `(() => {
        const ear = globalThis.__ear;
        if (ear.peak() > 0.001) ear.quietSince = performance.now();
        return performance.now() - ear.quietSince > 2000;
      })()`,
      50,
    );
  }

  /** Exactly these have a tile here. */
  async untilMembers(names: readonly string[]): Promise<void> {
    const expected = JSON.stringify(names.toSorted().join());
    await this.#until(
      `tiles of ${names.join()}`,
      `findAll('tile').map(({ name }) => name).sort().join() === ${expected}`,
    );
  }

  /** A member's tile shows who it is, and no picture. */
  async untilNoPicture(): Promise<void> {
    await this.#until('no picture', `tileOf('')?.state.hasPicture === false`);
  }

  /** The page has decoded so many frames in all; needs `recordConnections`. */
  async untilDecoded(count: number): Promise<void> {
    await this.#until(
      `${count} frames`,
      `(async () => {
        let frames = 0;
        for (const connection of globalThis.__connections)
          for (const report of (await connection.getStats()).values())
            if (report.type === 'inbound-rtp') frames += report.framesDecoded ?? 0;
        return frames >= ${count};
      })()`,
      200,
    );
  }

  /** The device goes: its track ends, and it cannot be had again for the moment. */
  async loseDevice(slot: 'microphone' | 'camera'): Promise<void> {
    const kind = slot === 'camera' ? 'getVideoTracks' : 'getAudioTracks';
    await this.#evaluate(`(() => {
      const { mediaDevices } = navigator;
      mediaDevices.getUserMedia = async () => {
        delete mediaDevices.getUserMedia;
        throw new DOMException('gone', 'NotFoundError');
      };
      const [track] = find('self').stream.${kind}();
      track.stop();
      track.dispatchEvent(new Event('ended'));
    })()`);
  }

  /** Microphone and camera are refused, as by the person's answer. */
  async denyDevices(isDenied: boolean): Promise<void> {
    await this.#evaluate(
      isDenied
        ? `(navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); })`
        : `delete navigator.mediaDevices.getUserMedia`,
    );
  }

  /** The permission itself, as in the browser's settings: taking it away ends the tracks. Chromium only. */
  async permitDevices(isPermitted: boolean): Promise<void> {
    const { page } = this.person;
    const session = await page.browser().target().createCDPSession();
    const browserContextId = page.browserContext().id;
    for (const name of ['camera', 'microphone']) {
      await session.send('Browser.setPermission', {
        permission: { name },
        setting: isPermitted ? 'granted' : 'denied',
        origin: new URL(page.url()).origin,
        ...(browserContextId !== undefined && { browserContextId }),
      });
    }
    await session.detach();
  }

  /** What ICE calls our ends of the open media connections. */
  async iceNames(): Promise<string> {
    return String(await this.#evaluate(ICE_NAMES));
  }

  async untilOtherIceNames(before: string): Promise<void> {
    await this.#until('new paths', `${ICE_NAMES} !== ${JSON.stringify(before)}`);
  }

  /** As when the system ends it. */
  async endMediaWorker(): Promise<void> {
    for (const worker of this.person.page.workers()) {
      const name = await worker.evaluate('self.name');
      if (name === 'enk-media') await worker.close();
    }
  }

  /** Asks another contact into the call. */
  async add(name: string): Promise<void> {
    await this.person.click('call-people');
    await this.#until(
      `${name} to add`,
      `(() => {
        const button = findAll('call-add').find(({ dataset }) => dataset.name === ${JSON.stringify(name)});
        button?.click();
        return button !== undefined;
      })()`,
    );
    await this.closePanel();
  }

  /** Puts a member out of the call. */
  async remove(name: string): Promise<void> {
    await this.person.click('call-people');
    await this.#until(
      `${name} to remove`,
      `(() => {
        const button = findAll('call-remove').find(({ dataset }) => dataset.name === ${JSON.stringify(name)});
        button?.click();
        return button !== undefined;
      })()`,
    );
    await this.closePanel();
  }

  /** The epoch is told in words. */
  async untilEpoch(epoch: number): Promise<void> {
    await this.person.click('call-security');
    await this.person.waitForText('call-security-words', new RegExp(`epoch ${epoch}\\b`));
    await this.closePanel();
  }

  async openConversationWith(name: string): Promise<void> {
    await this.#until(
      `a contact ${name}`,
      `(() => {
        const row = findAll('contact-row').find(({ textContent }) => textContent.includes(${JSON.stringify(name)}));
        row?.click();
        return row !== undefined;
      })()`,
    );
    await this.person.find('composer-input');
  }

  async closePanel(): Promise<void> {
    await this.#evaluate(`find('call-panel')?.dispatchEvent(new Event('enk-dialog-close-request'))`);
    await this.untilGone('call-panel');
  }

  /** Ends whatever call there is, for the next test. */
  async putDown(): Promise<void> {
    const click = (testId: string): Promise<unknown> =>
      this.#evaluate(`find(${JSON.stringify(testId)})?.click()`);
    await this.closePanel();
    await click('call-hang-up');
    await this.#until(
      'the call is over',
      `(() => { find('call-close')?.click(); return find('call') === undefined; })()`,
      200,
    );
  }

  /** Taps the stream of a member's tile. */
  async #listen(name: string): Promise<void> {
    await this.#evaluate(`(() => {
      void globalThis.__ear?.close();
      const stream = tileOf(${JSON.stringify(name)}).shadowRoot.querySelector('video').srcObject;
      const context = new AudioContext();
      const analyser = new AnalyserNode(context, { fftSize: 2048 });
      context.createMediaStreamSource(stream).connect(analyser);
      const buffer = new Float32Array(2048);
      globalThis.__ear = {
        quietSince: performance.now(),
        close: () => context.close(),
        peak: () => {
          analyser.getFloatTimeDomainData(buffer);
          return Math.max(...buffer.map(Math.abs));
        },
      };
      return context.resume();
    })()`);
  }

  /** Known to the expression: `find(testId)`, the first element of any shadow tree, `findAll`, and `tileOf(name)`. */
  async #evaluate(expression: string): Promise<unknown> {
    return this.person.page.evaluate(withFind(expression));
  }

  async #until(what: string, expression: string, polling = 100): Promise<void> {
    const { page, name } = this.person;
    await page
      .waitForFunction(withFind(expression), { timeout: WAIT_MS, polling })
      .catch(async (cause: unknown) => {
        const seen = (await this.person.screenText()).replaceAll(/\s+/g, ' ');
        const counts = await describeCounts(page).catch(() => 'no counts');
        throw new Error(`${name} waited in vain: ${what}\n${counts}\nsees: ${seen}`, { cause });
      });
  }
}

function withFind(expression: string): string {
  return `(() => {
    const search = (root, id) =>
      [...root.querySelectorAll('*')].flatMap(element => [
        ...(element.dataset?.testid === id ? [element] : []),
        ...(element.shadowRoot ? search(element.shadowRoot, id) : []),
      ]);
    const findAll = id => search(document, id);
    const find = id => findAll(id)[0];
    const tileOf = name => findAll('tile').find(tile => name === '' || tile.name === name);
    return ${expression};
  })()`;
}
