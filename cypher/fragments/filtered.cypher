// filtered: what decides is checked exactly on the store, as the indexes filtered by little; and what the caller asked to leave out.
// params: now DATETIME, since DATETIME?, until DATETIME?, valid_at DATETIME?, semantic_type STRING?, speaker STRING?, source STRING?, tags LIST<STRING>
// needs: s, forbidden, c, live, valid_from, valid_to
// yields: nothing; follows a WITH
WHERE c.space = s.id AND live AND c.expires_at > $now AND NOT c.id IN forbidden
  AND ($since IS NULL OR valid_from >= $since) AND ($until IS NULL OR valid_from < $until)
  AND ($valid_at IS NULL OR (valid_from <= $valid_at AND coalesce(valid_to > $valid_at, true) AND NOT (
    EXISTS { MATCH (f:MemCube)-[:DERIVED_FROM {transform: 'extracted'}]->(c) WHERE f.live }
    AND NOT EXISTS {
      MATCH (f:MemCube)-[:DERIVED_FROM {transform: 'extracted'}]->(c)
      WHERE f.live AND f.valid_from <= $valid_at AND coalesce(f.valid_to > $valid_at, true)
    }
  )))
  AND ($semantic_type IS NULL OR c.semantic_type = $semantic_type)
  AND ($speaker IS NULL OR toLower(c.speaker) = $speaker)
  AND ($source IS NULL OR c.source = $source OR c.root = $source)
  AND all(tag IN $tags WHERE tag IN c.tags)
