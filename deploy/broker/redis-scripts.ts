/**
 * The atomic steps of a cluster, as Lua on Redis ≥ 7 or Valkey ≥ 8.
 *
 *     enk:p:{id}    node|token hash|serial, with a lease: who holds an id
 *     enk:q:{id}    list of frames that wait for an absent id
 *     enk:w:{id}    hash {batch, bytes, expired}: the bounds of that list, and whether its senders were told
 *     enk:n:NODE    channel of a node; nobody subscribed means that the node is dead
 *     enk:serial    counter of claims and batches
 *
 * The hash tag keeps the keys of one id in one slot. Only one Redis (or one with replicas) is supported: channels are
 * named by what a key holds, which a sharded cluster forbids.
 */

export const presenceKey = (id: string): string => `enk:p:{${id}}`;
export const queueKey = (id: string): string => `enk:q:{${id}}`;
export const batchKey = (id: string): string => `enk:w:{${id}}`;
export const nodeChannel = (node: string): string => `enk:n:${node}`;
export const SERIAL_KEY = 'enk:serial';

const SPLIT = `
local function split(value)
  local first = string.find(value, '|', 1, true)
  local second = string.find(value, '|', first + 1, true)
  return string.sub(value, 1, first - 1), string.sub(value, first + 1, second - 1), string.sub(value, second + 1)
end
local function isDead(node) return redis.call('PUBSUB', 'NUMSUB', 'enk:n:' .. node)[2] == 0 end
`;

/** What goes over a node's channel: a word, the serial of a claim or of a question, and the rest. */
export const MESSAGE = /^(deliver|supersede|probe|alive|dead) ([^ ]+)(?: ([^]*))?$/;

/** KEYS presence queue batch serial · ARGV node, token hash, lease ms, id → {'taken'} or {'claimed', serial, frames…} */
const CLAIM = `${SPLIT}
local held = redis.call('GET', KEYS[1])
local previous, previousSerial
if held then
  local node, token, serial = split(held)
  if node == ARGV[1] or not isDead(node) then
    if token ~= ARGV[2] then return {'taken'} end
    previous, previousSerial = node, serial
  end
end
local serial = tostring(redis.call('INCR', KEYS[4]))
redis.call('SET', KEYS[1], ARGV[1] .. '|' .. ARGV[2] .. '|' .. serial, 'PX', ARGV[3])
if previous then
  redis.call('PUBLISH', 'enk:n:' .. previous, 'supersede ' .. previousSerial .. ' ' .. ARGV[4])
end
local answer = {'claimed', serial}
if redis.call('HGET', KEYS[3], 'expired') ~= '1' then
  for _, frame in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do table.insert(answer, frame) end
end
redis.call('DEL', KEYS[2], KEYS[3])
return answer
`;

/** KEYS presence · ARGV node, serial → 1 when released */
const RELEASE = `${SPLIT}
local held = redis.call('GET', KEYS[1])
if not held then return 0 end
local node, _, serial = split(held)
if node ~= ARGV[1] or serial ~= ARGV[2] then return 0 end
return redis.call('DEL', KEYS[1])
`;

/** KEYS presence · ARGV node, token hash, serial, lease ms → 1, or 0 when somebody else holds the id now */
const RENEW = `
local own = ARGV[1] .. '|' .. ARGV[2] .. '|' .. ARGV[3]
local held = redis.call('GET', KEYS[1])
if held and held ~= own then return 0 end
redis.call('SET', KEYS[1], own, 'PX', ARGV[4])
return 1
`;

/**
 * KEYS presence queue batch serial · ARGV JSON of {id, src, text} for the node, frame, may wait ('1'), max frames, max bytes, keep ms
 * → 'sent', 'dropped', or the batch that the frame belongs to
 */
const FORWARD = `${SPLIT}
local held = redis.call('GET', KEYS[1])
if held then
  local node, _, serial = split(held)
  if redis.call('PUBLISH', 'enk:n:' .. node, 'deliver ' .. serial .. ' ' .. ARGV[1]) > 0 then return 'sent' end
  redis.call('DEL', KEYS[1])
end
if ARGV[3] ~= '1' then return 'dropped' end
local batch = redis.call('HGET', KEYS[3], 'batch')
if not batch or redis.call('HGET', KEYS[3], 'expired') == '1' then
  redis.call('DEL', KEYS[2], KEYS[3])
  batch = tostring(redis.call('INCR', KEYS[4]))
  redis.call('HSET', KEYS[3], 'batch', batch, 'bytes', 0)
  redis.call('PEXPIRE', KEYS[3], ARGV[6])
end
local bytes = tonumber(redis.call('HGET', KEYS[3], 'bytes')) + string.len(ARGV[2])
if redis.call('LLEN', KEYS[2]) < tonumber(ARGV[4]) and bytes <= tonumber(ARGV[5]) then
  redis.call('RPUSH', KEYS[2], ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[6])
  redis.call('HSET', KEYS[3], 'bytes', bytes)
end
return batch
`;

/** KEYS batch · ARGV batch → 1 when nobody took it: its senders are to be told */
const EXPIRE = `
if redis.call('HGET', KEYS[1], 'batch') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'expired', '1')
return 1
`;

/** Every script with the number of its keys, by the name that it gets as a command. */
export const SCRIPTS = {
  enkClaim: { lua: CLAIM, numberOfKeys: 4 },
  enkRelease: { lua: RELEASE, numberOfKeys: 1 },
  enkRenew: { lua: RENEW, numberOfKeys: 1 },
  enkForward: { lua: FORWARD, numberOfKeys: 4 },
  enkExpire: { lua: EXPIRE, numberOfKeys: 1 },
} as const;
