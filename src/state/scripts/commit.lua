-- Applies one epoch whole, or not at all.
--
-- KEYS  1 meta (hash: token, epoch, committer, meta)  2 parts (hash)  3 chunks (list)  4 outbox (stream)  5… views (strings)
-- ARGV  1 token  2 epoch  3 meta
--       4 parts removed  5 parts written  6 chunks appended  7 chunks dropped  8 outbox entries   (counts)
--       9… names removed; (name, bytes) written; chunks; (index, bytes) of the outbox; one text a view
-- Gives {'applied'}
--       {'already-applied'}                       this token committed this epoch before: its answer was lost
--       {'refused', stored epoch, 'token'}        another owner
--       {'refused', stored epoch, 'epoch'}        not the epoch that comes next
local stored = redis.call('HMGET', KEYS[1], 'token', 'epoch', 'committer')
local storedEpoch = tonumber(stored[2] or '0')
local epoch = tonumber(ARGV[2])
if stored[1] ~= ARGV[1] then return {'refused', storedEpoch, 'token'} end
if epoch == storedEpoch and stored[3] == ARGV[1] then return {'already-applied'} end
if epoch ~= storedEpoch + 1 then return {'refused', storedEpoch, 'epoch'} end

-- Lua's unpack holds some 8,000 values, so long lists go in steps.
local STEP = 1000
local at = 9
local function each(count, call)
  local last = at + count - 1
  for from = at, last, STEP do call(from, math.min(from + STEP - 1, last)) end
  at = last + 1
end

-- First the write that memory limits apply to: Redis refuses a script for memory only before its first write.
redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'committer', ARGV[1], 'meta', ARGV[3])
each(tonumber(ARGV[4]), function(from, to) redis.call('HDEL', KEYS[2], unpack(ARGV, from, to)) end)
each(2 * tonumber(ARGV[5]), function(from, to) redis.call('HSET', KEYS[2], unpack(ARGV, from, to)) end)
each(tonumber(ARGV[6]), function(from, to) redis.call('RPUSH', KEYS[3], unpack(ARGV, from, to)) end)
if tonumber(ARGV[7]) > 0 then redis.call('LTRIM', KEYS[3], ARGV[7], -1) end
for _ = 1, tonumber(ARGV[8]) do
  redis.call('XADD', KEYS[4], ARGV[2] .. '-' .. ARGV[at], 'e', ARGV[at + 1])
  at = at + 2
end
for i = 5, #KEYS do
  redis.call('SET', KEYS[i], ARGV[at])
  at = at + 1
end
return {'applied'}
