-- Whether a token owns a task, and how far the task is.
--
-- KEYS  1 meta (hash)
-- ARGV  1 token
-- Gives the epoch last applied (0 before the first), or -1 when the token is not the owner's
local stored = redis.call('HMGET', KEYS[1], 'token', 'epoch')
if stored[1] ~= ARGV[1] then return -1 end
return tonumber(stored[2] or '0')
