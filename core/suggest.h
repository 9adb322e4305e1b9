// "did you mean …?"
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dms {

// The candidate nearest to `word` when it is near enough to be meant: at most a third of its
// letters are wrong, missing, superfluous or swapped with their neighbour, case ignored. The first
// one wins among equals.
std::optional<std::string> suggest(std::string_view word,
                                   std::span<const std::string_view> candidates);
std::optional<std::string> suggest(std::string_view word, std::span<const std::string> candidates);

// " (did you mean 'pool'?)", or "" when nothing is near: the tail of an error message.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace dms
