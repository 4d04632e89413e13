// describe_space: how many memories a space holds, and who speaks in them.
// mode: write
// params: space STRING, added INTEGER, speakers LIST<STRING>
// returns: cubes INTEGER
// touches: nothing
MATCH (s:Space {id: $space})
SET s.cubes = s.cubes + $added,
    s.speakers = coalesce(s.speakers, []) + [name IN $speakers WHERE NOT name IN coalesce(s.speakers, [])]
RETURN s.cubes AS cubes
