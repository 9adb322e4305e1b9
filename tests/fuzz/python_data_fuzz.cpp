// Python that is data, and what is said of a program in its place. The input is its text.
#include "models/job_file/python_data.h"

#include "models/job_file/format_value.h"
#include "models/job_file/sweep_hint.h"
#include "tests/fuzz/fuzz.h"

using namespace dms;
using namespace dms::models;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const PythonData read = read_python_data(text);
  fuzz::require(!sweep_instead_of(text).empty(), "a program gets an advice");
  if (read.not_data) {
    fuzz::require(read.not_data->offset <= text.size() && !read.not_data->what.empty(),
                  "it is said where a program begins", read.not_data->what);
    return 0;
  }
  fuzz::require(read.items.size() <= max_python_items, "there are no more items than may be");
  sweep_values(read.items);
  if (read.items.size() > 1000) return 0;
  const std::string shown = value_text({.kind = YamlNode::Kind::list, .items = read.items});
  const PythonData again = read_python_data(shown);
  if (again.not_data && again.not_data->what == "nested too deeply") return 0;
  fuzz::require(!again.not_data, "what is shown is data", shown);
  fuzz::require(value_text({.kind = YamlNode::Kind::list, .items = again.items}) == shown,
                "and is the same", shown);
  return 0;
}
