"""What runs inside the cache (Lua). Each script is one step there: nobody counts in between.

The value under a key is the number of tries, and the key goes when the window ends.
Every write names that time, so no key stays for ever. Times are spans in milliseconds,
measured by the cache: the clock of a node never gets here, and a window that seems
to last longer than its period, because the cache's own clock stepped, is cut to it.

The first key is the cache's memory mark: a number drawn when there was none. A node
remembers under which mark it heard of a window. When that is another one now, the cache
has lost the window, and goes on from what the node knows when that is more; under the
same mark a window that is not there has no tries.
"""

from typing import Literal

_READ = """
local marked = 8 * 86400000
local mark = redis.call('GET', KEYS[1])
if not mark then
  mark = ARGV[1]
  redis.call('SET', KEYS[1], mark, 'PX', marked)
end
local function read(i)
  local at = (i - 2) * 6 + 1
  local limit, period = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local known, rest, owed = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  local stored, lost = redis.call('GET', KEYS[i]), ARGV[at + 6] ~= mark
  if stored then
    local left = redis.call('PTTL', KEYS[i])
    if left < 1 or left > period then
      left = period
    end
    return math.max(0, tonumber(stored) + owed, lost and known or 0), left, limit
  end
  return math.max(0, lost and known or owed), math.max(1, math.min(rest, period)), limit
end
local function write(i, used, left)
  if used > 0 then
    redis.call('SET', KEYS[i], string.format('%d', used), 'PX', string.format('%d', left))
  else
    redis.call('DEL', KEYS[i])
  end
end
local answer = {mark, 0}
"""

TAKE = (
    _READ
    + """
local used, left = {}, {}
for i = 2, #KEYS do
  local limit
  used[i], left[i], limit = read(i)
  if used[i] >= limit and answer[2] == 0 then
    answer[2] = i - 1
  end
end
for i = 2, #KEYS do
  if answer[2] == 0 then
    used[i] = used[i] + 1
  end
  write(i, used[i], left[i])
  table.insert(answer, used[i])
  table.insert(answer, left[i])
end
return answer
"""
)
"""Use one try of each key, or of none. KEYS: the mark, then one per charge. ARGV: a number for a new mark, then six per
charge: tries, period, and what the node knows: tries used, the rest of its window, tries not told yet, the mark under
which it heard of it. Answers the mark; which charge was spent, counted from 1, or 0; then per charge tries used and the
rest of the window."""

_LOWER = (
    _READ
    + """
for i = 2, #KEYS do
  local used, left = read(i)
  used = clearing and 0 or math.max(0, used - 1)
  write(i, used, left)
  table.insert(answer, used)
  table.insert(answer, left)
end
return answer
"""
)
GIVE_BACK = f"local clearing = false{_LOWER}"
"""Take one try off each key. Arguments and answer as of `TAKE`."""
CLEAR = f"local clearing = true{_LOWER}"
"""Take all tries off each key. Arguments and answer as of `TAKE`."""

Act = Literal["take", "give_back", "clear"]
SCRIPTS: dict[Act, str] = {"take": TAKE, "give_back": GIVE_BACK, "clear": CLEAR}
