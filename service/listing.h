// Pages of a list: from where a link left off, through a filter, up to as many as asked.
#pragma once

#include <map>

#include "service/odata.h"
#include "service/router.h"

namespace dms::service {

// How far a page goes, from maxresults. Errors: batch_error InvalidQueryParameterValue,
// OutOfRangeQueryParameterValue.
Result<int> page_size(const Call& call);
// The link to what follows the item of this key: the request's own URL with a skip token.
std::string next_link(const Call& call, std::string_view last_key);
// The key of the last item of the page before, "" on the first page.
std::string skip_token(const Call& call);

// One page of a map from Id to records in id order, as JSON objects. `filter` is a FilterOf the
// records or another class with its passes(), `show` gives of a record, as Result, the wire struct
// or the JSON that $select makes of it.
template <class Map, class Filtering, class Show>
Result<Reply> list_page(const Call& call, std::string_view metadata, std::string_view base_url,
                        const Map& map, const Filtering& filter, Show show) {
  DMS_TRY(const int size, page_size(call));
  const std::string after = skip_token(call);
  const auto select = call.select();
  std::vector<std::string> items;
  std::optional<std::string> link;
  auto it = after.empty() ? map.begin() : map.upper_bound({after});
  for (std::string last; it != map.end(); ++it) {
    if (!filter.passes(it->second)) continue;
    if (static_cast<int>(items.size()) == size) {
      link = next_link(call, last);
      break;
    }
    DMS_TRY(auto shown, show(it->second));
    if constexpr (std::is_same_v<decltype(shown), std::string>)
      items.push_back(std::move(shown));
    else
      items.push_back(encode(shown, select));
    last = it->first.text;
  }
  return show_page(metadata, base_url, items, link);
}

}  // namespace dms::service
