/** The gallery page: shows the state that the address names (`?state=list`), or a list of all of them. */
import { showState } from './show-state.ts';
import { CHAT_STATES } from './states.ts';

const wanted = new URLSearchParams(location.search).get('state');
const state = CHAT_STATES.find(candidate => candidate.name === wanted);
const stage = document.querySelector<HTMLElement>('#stage');

if (stage && state) {
  await showState(state, stage);
  document.documentElement.dataset['ready'] = state.name;
} else if (stage) {
  for (const { name } of CHAT_STATES) {
    const link = document.createElement('a');
    link.href = `?state=${name}`;
    link.textContent = name;
    const line = document.createElement('p');
    line.append(link);
    stage.append(line);
  }
}
