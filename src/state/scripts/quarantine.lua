-- Moves an outbox entry that the broker will never take to the quarantine list.
-- An entry that is no longer in the outbox is not added again, so a repeat does nothing.
--
-- KEYS  1 meta (hash)  2 outbox (stream, id = epoch-index)  3 quarantine (list)
-- ARGV  1 token  2 id of the entry  3 the entry with the reason, packed
-- Gives 1 done   0 the token is not the owner's; nothing was moved
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
if redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2])[1] then
  redis.call('RPUSH', KEYS[3], ARGV[3])
  redis.call('XDEL', KEYS[2], ARGV[2])
end
return 1
