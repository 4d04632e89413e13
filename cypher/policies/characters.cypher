// characters: how long the texts of a space's live memories are in all.
// mode: read
// params: space STRING
// returns: characters INTEGER
MATCH (c:MemCube {space: $space})
WHERE c.created_at IS NOT NULL // always so: lets the index of (space, created_at) serve
  AND c.live AND c.level = 'whole'
RETURN coalesce(sum(size(c.text)), 0) AS characters
