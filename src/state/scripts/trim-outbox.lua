-- Forgets outbox entries that were sent.
--
-- KEYS  1 meta (hash)  2 outbox (stream, id = epoch-index)
-- ARGV  1 token  2 id of the first entry to keep
-- Gives 1 done   0 the token is not the owner's; nothing was dropped
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('XTRIM', KEYS[2], 'MINID', ARGV[2])
return 1
