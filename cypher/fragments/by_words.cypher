// by_words: what the full-text index finds in a space: a memory's own words, half as much again as those of the turns before it.
// What is sensitive is found only by those who see all of it.
// params: words STRING, pool INTEGER
// needs: s, sees
// yields: node, score
CALL db.index.fulltext.queryNodes(
  'cube_text', '+space_key:' + s.space_key + '^0 +(words:(' + $words + ')^0.5 context:(' + $words + ')'
    + CASE WHEN sees < 3 THEN ')' ELSE ' secrets:(' + $words + '))' END, {limit: $pool}
)
  YIELD node, score
