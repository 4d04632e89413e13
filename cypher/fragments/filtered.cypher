// filtered: what decides is checked exactly on the store, as the indexes filtered by little; and what the caller asked to leave out.
// params: now DATETIME, filters MAP
// needs: s, forbidden, c, live, valid_from, valid_to
// yields: nothing; follows a WITH
WHERE c.space = s.id AND live AND c.expires_at > $now AND NOT c.id IN forbidden
  AND ($filters.since IS NULL OR valid_from >= $filters.since) AND ($filters.until IS NULL OR valid_from < $filters.until)
  // An appointment is known from when it was told of, not from its day on. (Of equal moments the one with the greater offset is the greater.)
  AND ($filters.valid_at IS NULL OR ((valid_from <= $filters.valid_at OR coalesce(c.said_at, c.created_at).epochMillis <= $filters.valid_at.epochMillis) AND coalesce(valid_to > $filters.valid_at, true) AND NOT (
    EXISTS { MATCH (f:MemCube)-[:DERIVED_FROM {transform: 'extracted'}]->(c) WHERE f.live }
    AND NOT EXISTS {
      MATCH (f:MemCube)-[:DERIVED_FROM {transform: 'extracted'}]->(c)
      WHERE f.live AND (f.valid_from <= $filters.valid_at OR coalesce(f.said_at, f.created_at).epochMillis <= $filters.valid_at.epochMillis)
        AND coalesce(f.valid_to > $filters.valid_at, true)
    }
  )))
  AND ($filters.semantic_type IS NULL OR c.semantic_type = $filters.semantic_type)
  AND ($filters.speaker IS NULL OR toLower(c.speaker) = $filters.speaker)
  AND ($filters.source IS NULL OR c.source = $filters.source OR c.root = $filters.source)
  AND ($filters.below IS NULL OR c.semantic_type = 'document' AND c.root STARTS WITH $filters.below)
  AND (c.indexed IS NULL OR size(c.indexed) > 0) // a document that is to be found by nothing
  AND all(tag IN $filters.tags WHERE tag IN c.tags)
