// written_since: how many memories were added to a space since a moment, those deleted meanwhile too.
// mode: read
// params: space STRING, since DATETIME
// returns: written INTEGER
MATCH (c:MemCube {space: $space})
WHERE c.created_at > $since AND c.level = 'whole'
RETURN count(c) AS written
