// OData filters. The input is a filter.
#include "service/odata.h"
#include "tests/fuzz/fuzz.h"

using namespace dms;
using namespace dms::service;

namespace {

const std::vector<std::string_view> properties = {"id", "executionInfo/exitCode", "flag",
                                                  "creationTime", "absent"};

// Objects that have everything, something and nothing.
const std::vector<std::vector<Scalar>> objects = {
    {std::string("task-1"), std::int64_t{-1}, true, *Timestamp::parse("2024-02-29T01:02:03Z"), {}},
    {std::string(), INT64_MAX, false, Timestamp{}, {}},
    {std::string("\xff\0'", 3), {}, {}, {}, {}},
    {{}, {}, {}, {}, {}}};

std::vector<bool> verdicts(const Filter& filter) {
  std::vector<bool> passed;
  for (const auto& object : objects)
    passed.push_back(filter.passes([&](std::size_t property) { return object.at(property); }));
  return passed;
}

void require_same(const Filter& filter, const std::string& text) {
  // The limit on parentheses may refuse it.
  if (const auto other = Filter::parse(text, properties))
    fuzz::require(verdicts(*other) == verdicts(filter), "a filter in parentheses is itself", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  const auto filter = Filter::parse(text, properties);
  if (!filter) {
    fuzz::require(filter.error().http_status == 400, "a bad filter is a bad request",
                  filter.error().message);
    return 0;
  }
  require_same(*filter, "(" + text + ")");
  require_same(*filter, "(" + text + ") and (" + text + ")");
  require_same(*filter, text + " or " + text);
  return 0;
}
