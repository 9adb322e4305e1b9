// The configuration file. The input is its text.
#include "core/config.h"
#include "tests/fuzz/fuzz.h"

using namespace dms;

namespace {

std::optional<std::string> empty_environment(const std::string&) { return std::nullopt; }

// No file has the empty name, so that nothing outside is looked at.
Result<Config> parse(const std::string& text) { return parse_config(text, "", empty_environment); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto first = parse(std::string(fuzz::text_of(data, size)));
  if (!first) {
    fuzz::require(first.error().code == Code::invalid_argument, "a bad file is a bad argument",
                  first.error().message);
    return 0;
  }
  const auto written = format_config("", *first);
  if (!written) return 0;
  const auto second = parse(*written);
  fuzz::require(second.has_value(), "what was written is read again", *written);
  fuzz::require(format_config("", *second).value() == *written, "and is the same", *written);
  return 0;
}
