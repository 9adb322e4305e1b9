// The keys of a study that say what its runs are.
#pragma once

#include "models/study/reader.h"
#include "models/sweep/sweep.h"

namespace dms::models {

// The space of the keys `sweep`, `combine`, `sample`, `derive` and `where`. No sweep at all is one
// run.
//
//   sweep: {A: [1, 2], B: {range: [1, 3]}}     the members of a map or of a list are combined as
//   sweep: [{A: [1, 2], B: [x, y]}, {C: [1]}]  `combine` says; those of a map in a list by product
//
// A member is a parameter or one of these keys, which nest:
//   csv: …  table: …  zip: {…}  product: {…}  chain: [{…}, {…}]
//
// Errors: as StudyReader's, all that are found, one a line.
Result<ParameterSpace> read_sweep(const StudyReader& reader, const YamlNode& root);

}  // namespace dms::models
