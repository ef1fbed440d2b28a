-- Takes ownership of a task: from here on every earlier token is refused.
-- Also proves, once an ownership, that no later script of ours can fail half-way for want of rights or because a key is something else.
--
-- KEYS  1 meta (hash)  2 parts (hash)  3 chunks (list)  4 outbox (stream)  5 quarantine (list)  6 a view (string)
-- ARGV  1 token  2 deadline, ms since 1970 on this server's clock
-- Gives {1, epoch, meta or nil}   taken
--       {0, now}                  the deadline has passed; nothing was written
-- Error NOPERM, WRONGTYPE         nothing was written
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if now > tonumber(ARGV[2]) then return {0, now} end

local kinds = {'hash', 'hash', 'list', 'stream', 'list', 'string'}
for i, kind in ipairs(kinds) do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= kind then
    return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found .. ', not a ' .. kind)
  end
end

if redis.acl_check_cmd then
  local needed = {
    {'HSET', KEYS[1], 'a', 'b'}, {'HMGET', KEYS[1], 'a'}, {'HSET', KEYS[2], 'a', 'b'}, {'HDEL', KEYS[2], 'a'},
    {'RPUSH', KEYS[3], 'a'}, {'LTRIM', KEYS[3], '0', '1'},
    {'XADD', KEYS[4], '1-1', 'a', 'b'}, {'XTRIM', KEYS[4], 'MINID', '1-1'}, {'XDEL', KEYS[4], '1-1'},
    {'RPUSH', KEYS[5], 'a'}, {'SET', KEYS[6], 'a'},
  }
  for _, command in ipairs(needed) do
    if not redis.acl_check_cmd(unpack(command)) then
      return redis.error_reply('NOPERM this user may not run ' .. command[1] .. ' on ' .. command[2])
    end
  end
end

redis.call('HSET', KEYS[1], 'token', ARGV[1])
local stored = redis.call('HMGET', KEYS[1], 'epoch', 'meta')
return {1, tonumber(stored[1] or '0'), stored[2]}
