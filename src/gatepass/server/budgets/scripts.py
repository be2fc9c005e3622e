"""What runs inside the cache (Lua). Each script is one step there: nobody counts in between.

The value under a key is the number of tries, and the key goes when the window ends.
Every write names that time, so no key stays for ever. Times are spans in milliseconds,
measured by the cache: the clock of a node never gets here, and a window that seems
to last longer than its period, because the cache's own clock stepped, is cut to it.
"""

from typing import Literal

_READ = """
local function read(i)
  local at = (i - 1) * 5
  local limit, period = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local known, rest, owed = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  local stored = redis.call('GET', KEYS[i])
  if not stored then
    return known, math.max(1, math.min(rest, period)), 0, limit
  end
  local left = redis.call('PTTL', KEYS[i])
  if left < 1 or left > period then
    left = period
  end
  return math.max(0, tonumber(stored) + owed), left, tonumber(stored), limit
end
"""

TAKE = (
    _READ
    + """
local spent, used, left, before = 0, {}, {}, {}
for i = 1, #KEYS do
  local limit
  used[i], left[i], before[i], limit = read(i)
  if used[i] >= limit and spent == 0 then
    spent = i
  end
end
local answer = {spent}
for i, key in ipairs(KEYS) do
  if spent == 0 then
    used[i] = used[i] + 1
  end
  if used[i] ~= before[i] then
    redis.call('SET', key, string.format('%d', used[i]), 'PX', string.format('%d', left[i]))
  end
  table.insert(answer, used[i])
  table.insert(answer, left[i])
end
return answer
"""
)
"""Use one try of each key, or of none. KEYS: one per charge. ARGV: five numbers per charge: tries, period, and what the
node knows: tries used, the rest of its window, tries not told yet. A window that the cache has lost begins with what
the node knows; to one that is there, what it was not told is added. Answers which charge was spent, counted from 1,
or 0; then per charge tries used and the rest of the window."""

_LOWER = (
    _READ
    + """
local answer = {0}
for i, key in ipairs(KEYS) do
  local used, left = read(i)
  used = clearing and 0 or math.max(0, used - 1)
  if used > 0 or (clearing and redis.call('EXISTS', key) == 1) then
    redis.call('SET', key, string.format('%d', used), 'PX', string.format('%d', left))
  else
    redis.call('DEL', key)
  end
  table.insert(answer, used)
  table.insert(answer, left)
end
return answer
"""
)
GIVE_BACK = f"local clearing = false{_LOWER}"
"""Take one try off each key. Arguments and answer as of `TAKE`."""
CLEAR = f"local clearing = true{_LOWER}"
"""Take all tries off each key. A window that was there stays until its end, empty: a node that remembers its tries
then learns that they were forgiven, and not lost."""

Act = Literal["take", "give_back", "clear"]
SCRIPTS: dict[Act, str] = {"take": TAKE, "give_back": GIVE_BACK, "clear": CLEAR}
