// The keys `derive`, `where` and `sample` of a study.
#pragma once

#include <optional>
#include <vector>

#include "models/study/reader.h"
#include "models/sweep/sweep.h"

namespace dms::models {

// The parameters that `derive` makes of others, in an order in which each uses only those before
// it; they are appended to `parameters`. Mistakes go to `problems`: names that are swept, unknown
// names, cycles, unknown keys, formats.
//
//   ROW: '{NODE} {PARTICLES} 0day 1485minutes'
//   CASE: {text: '{FILE}', split: '_', part: 2, upper: true}
//   END: {date: START, add: 92d}   {date: '{YEAR}-{MONTH}-01', format: '%d%b%Y'}
//   PADDED: {number: 'RUN * 10', format: '%03d'}
std::vector<Derived> read_derived(const StudyReader& reader, const YamlNode& root,
                                  std::vector<Parameter>& parameters, Problems& problems);

// The conditions of `where`: one, or a list of which all must hold.
std::vector<Expression> read_where(const StudyReader& reader, const YamlNode& root,
                                   std::span<const Parameter> parameters, Problems& problems);

// {method: grid | random | latin_hypercube | sobol, count: 100, seed: 7}
struct SampleKeys {
  std::optional<Sample> sample;
  std::optional<std::uint64_t> grid;  // values of each interval
};
Result<SampleKeys> read_sample(const StudyReader& reader, const YamlNode& root);

}  // namespace dms::models
