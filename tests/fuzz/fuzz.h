// What the fuzz programs share. A program is one *_fuzz.cpp here, with the entry that libFuzzer
// calls for every input; a property that does not hold ends the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace dms::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes the first byte off `text`; 0 when there is none.
inline unsigned take_byte(std::string_view& text) {
  if (text.empty()) return 0;
  const auto byte = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  return byte;
}

// Takes what stands before `end` off `text`, and `end`; everything when it is not there.
inline std::string_view take_until(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  const std::string_view piece = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + end.size());
  return piece;
}

// Ends the program, so that the fuzzer keeps the input, unless the property holds.
inline void require(bool holds, std::string_view property, std::string_view witness = {}) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s\n%.*s\n", static_cast<int>(property.size()), property.data(),
               static_cast<int>(witness.size()), witness.data());
  std::abort();
}

}  // namespace dms::fuzz
