#include "service/listing.h"

#include <gtest/gtest.h>

#include <set>

#include "service/core/jobs.h"

namespace dms::service {
namespace {

constexpr Filterable<JobRecord> listed_properties[] = {
    {"id", [](const JobRecord& job) -> Scalar { return job.wire.id; }}};

// A list of jobs as the service has it, and a client that follows its links.
class Listing : public ::testing::Test {
 protected:
  void add(const std::string& id) { jobs[{id}].wire.id = id; }

  Result<batch::Page<batch::Job>> page(const std::string& query) {
    Request request;
    const Call call{request, {}, parse_query(query), "http://h:1/jobs"};
    DMS_TRY(const auto filter,
            FilterOf<JobRecord>::parse(call.query_value("$filter"), listed_properties));
    DMS_TRY(const Reply reply,
            list_page(call, "jobs", "http://h:1", jobs, filter,
                      [](const JobRecord& job) -> Result<batch::Job> { return job.wire; }));
    bodies.push_back(reply.body);
    return decode<batch::Page<batch::Job>>(reply.body);
  }

  // The ids of every page; `between` happens after each.
  std::vector<std::string> walk(
      std::string query, const std::function<void()>& between = [] {}) {
    std::vector<std::string> ids;
    for (int pages = 0; pages < 5000; ++pages) {
      const auto read = page(query);
      EXPECT_TRUE(read);
      if (!read) break;
      for (const auto& job : read->value) ids.push_back(job.id);
      if (!read->next_link) break;
      const auto url = Url::parse(*read->next_link);
      EXPECT_TRUE(url);
      query = url->query;
      between();
    }
    return ids;
  }

  std::map<JobId, JobRecord> jobs;
  std::vector<std::string> bodies;
};

TEST_F(Listing, gives_every_item_once_in_the_order_of_ids_at_any_page_size) {
  for (int i = 0; i < 2345; ++i) add("Job_" + std::to_string(i * 7919 % 2345));
  for (const char* size : {"1", "3", "999", "1000"}) {
    const auto ids = walk("maxresults=" + std::string(size));
    EXPECT_EQ(ids.size(), 2345u) << size;
    EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 2345u) << size;
  }
  bodies.clear();
  walk("api-version=x");
  EXPECT_EQ(bodies.size(), 3u) << "a page has 1000 items unless told otherwise";
}

TEST_F(Listing, orders_ids_without_regard_to_case) {
  for (const char* id : {"b", "C", "a", "B2"}) add(id);
  EXPECT_EQ(walk("maxresults=1"), (std::vector<std::string>{"a", "b", "B2", "C"}));
}

TEST_F(Listing, of_nothing_is_an_empty_page) {
  EXPECT_EQ(walk(""), std::vector<std::string>{});
  EXPECT_EQ(bodies.at(0), R"({"odata.metadata":"http://h:1/$metadata#jobs","value":[]})");
}

TEST_F(Listing, links_repeat_the_query_and_are_absolute) {
  for (const char* id : {"a1", "a2", "a3", "b1"}) add(id);
  const auto first = page(
      "api-version=2024-07-01.20.0&maxresults=2&%24filter=startswith(id%2C%27a%27)&$select=id");
  ASSERT_TRUE(first && first->next_link);
  const auto url = Url::parse(*first->next_link);
  ASSERT_TRUE(url);
  EXPECT_EQ(url->origin() + url->path, "http://h:1/jobs");
  const Query query = parse_query(url->query);
  const Query expected{{"api-version", "2024-07-01.20.0"},
                       {"maxresults", "2"},
                       {"$filter", "startswith(id,'a')"},
                       {"$select", "id"},
                       {"$skiptoken", "a2"}};
  EXPECT_EQ(query, expected);
  const auto second = page(url->query);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->value.size(), 1u) << "b1 does not pass";
  EXPECT_FALSE(second->next_link);
}

TEST_F(Listing, links_are_json_whatever_the_query_held) {
  add("a");
  add("b");
  EXPECT_EQ(walk("maxresults=1&x%22%5C%0Ay=%22%5C%0A%C3%A4"), (std::vector<std::string>{"a", "b"}));
}

TEST_F(Listing, the_last_page_has_no_link_even_when_it_is_full) {
  for (const char* id : {"a", "b"}) add(id);
  const auto read = page("maxresults=2");
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->next_link);
}

TEST_F(Listing, goes_on_where_it_was_when_items_vanish_between_pages) {
  for (const char* id : {"a", "b", "c", "d", "e"}) add(id);
  const auto ids = walk("maxresults=2", [&] {
    jobs.erase({"b"});
    jobs.erase({"c"});
  });
  EXPECT_EQ(ids, (std::vector<std::string>{"a", "b", "d", "e"}));
}

TEST_F(Listing, selects_members) {
  add("a");
  jobs[{"a"}].wire.priority = 7;
  jobs[{"a"}].wire.display_name = "A";
  ASSERT_TRUE(page("$select=id, priority"));
  EXPECT_EQ(bodies.at(0),
            R"({"odata.metadata":"http://h:1/$metadata#jobs","value":[{"id":"a","priority":7}]})");
}

TEST_F(Listing, refuses_page_sizes_that_are_none) {
  const std::pair<const char*, const char*> table[] = {
      {"-5", "InvalidQueryParameterValue"},          {"0", "InvalidQueryParameterValue"},
      {"many", "InvalidQueryParameterValue"},        {"5x", "InvalidQueryParameterValue"},
      {"99999999999", "InvalidQueryParameterValue"}, {"1001", "OutOfRangeQueryParameterValue"}};
  for (const auto& [size, code] : table) {
    const auto read = page("maxresults=" + std::string(size));
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().service_code, code) << size;
    EXPECT_EQ(read.error().http_status, 400) << size;
  }
}

}  // namespace
}  // namespace dms::service
