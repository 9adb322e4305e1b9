#include "cli/blob_places.h"

#include <fmt/format.h>

namespace dms::cli {
namespace {

constexpr std::string_view scheme = "blob:";

}  // namespace

bool is_blob_place(std::string_view text) { return text.starts_with(scheme); }

Result<blob::BlobPlace> parse_blob_place(std::string_view text) {
  std::string_view rest = text;
  if (is_blob_place(rest)) {
    rest.remove_prefix(scheme.size());
    if (rest.starts_with("//")) rest.remove_prefix(2);
  }
  const auto slash = std::min(rest.find('/'), rest.size());
  blob::BlobPlace place{.container = std::string(rest.substr(0, slash))};
  if (slash < rest.size()) place.prefix = rest.substr(slash + 1);
  if (auto good = blob::check_container_name(place.container); !good)
    return std::move(good).error().context(
        fmt::format("'{}' does not name a place in storage as CONTAINER/PREFIX", text));
  return place;
}

bool may_be_blob(const blob::BlobPlace& place) {
  return !place.prefix.empty() && !place.prefix.ends_with('/');
}

}  // namespace dms::cli
