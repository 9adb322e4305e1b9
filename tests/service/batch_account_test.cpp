// The account over HTTP: images, usage, and what Azure has retired.
#include "service/core/rows.h"
#include "service/core/usage.h"
#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

class BatchAccount : public BatchServiceTest {
 protected:
  std::vector<batch::PoolUsageMetrics> usage(const std::string& query = "") {
    return get<batch::Page<batch::PoolUsageMetrics>>("/poolusagemetrics?" + query).value;
  }
};

TEST_F(BatchAccount, lists_images_by_filter_and_page) {
  using Images = batch::Page<batch::ImageInformation>;
  const auto all = get<Images>("/supportedimages").value;
  EXPECT_GE(all.size(), 10u);
  const auto windows = get<Images>("/supportedimages?$filter=osType%20eq%20'windows'").value;
  EXPECT_FALSE(windows.empty());
  for (const auto& image : windows) EXPECT_EQ(image.node_agent_sku_id, "batch.node.windows amd64");
  const auto verified =
      get<Images>("/supportedimages?$filter=verificationType%20eq%20'verified'").value;
  EXPECT_LT(verified.size(), all.size());
  EXPECT_GE(verified.size(), 10u);
  EXPECT_EQ(get<Images>("/supportedimages?$filter=nodeAgentSKUId%20eq%20'batch.node.debian%2012'")
                .value.at(0)
                .image_reference.publisher,
            "debian");
  const auto page = get<Images>("/supportedimages?maxresults=3");
  EXPECT_EQ(page.value.size(), 3u);
  EXPECT_TRUE(page.next_link);
}

TEST_F(BatchAccount, measures_the_cores_of_each_pools_nodes_by_half_hours) {
  EXPECT_TRUE(usage().empty());
  ASSERT_EQ(
      send("POST", "/pools", R"({"id":"p","vmSize":"Standard_F4s_v2","targetDedicatedNodes":2})")
          .status,
      201);
  host.hello_all();
  clock.advance(std::chrono::hours(1));
  const auto sum = [](const std::vector<batch::PoolUsageMetrics>& all) {
    double hours = 0;
    for (const auto& one : all) hours += one.total_core_hours;
    return hours;
  };
  const std::string day = "startTime=2000-01-01T00:00:00Z";
  EXPECT_NEAR(sum(usage(day)), 8, 1e-6);
  for (const auto& one : usage(day)) {
    EXPECT_EQ(one.pool_id, "p");
    EXPECT_EQ(one.vm_size, "standard_f4s_v2");
    EXPECT_LE(one.end_time.at - one.start_time.at, std::chrono::minutes(30));
  }
  EXPECT_TRUE(usage(day + "&$filter=poolId%20eq%20'q'").empty());
  send("DELETE", "/pools/p");
  tick();
  host.bury_retired();
  tick();
  const double at_end = sum(usage(day));
  clock.advance(std::chrono::hours(5));
  EXPECT_NEAR(sum(usage(day)), at_end, 1e-6) << "nodes that have gone cost no more";
  EXPECT_GE(at_end, 8);
  EXPECT_TRUE(usage().empty()) << "nothing was there in the last half hours";
  Core reloaded;
  ASSERT_TRUE(load_core(reloaded, *store));
  EXPECT_EQ(reloaded.usage.size(), 2u);
  EXPECT_EQ(outcome(send("GET", "/poolusagemetrics?startTime=2999-01-01T00:00:00Z")),
            "400 InvalidQueryParameterValue");
  EXPECT_EQ(outcome(send("GET", "/poolusagemetrics?endTime=then")),
            "400 InvalidQueryParameterValue");
}

TEST_F(BatchAccount, reads_the_cores_of_a_size_from_its_name) {
  EXPECT_EQ(cores_of("standard_f2s_v2"), 2);
  EXPECT_EQ(cores_of("Standard_HB120rs_v3"), 120);
  EXPECT_EQ(cores_of("basic_a1"), 1);
  EXPECT_EQ(cores_of("small"), 1);
  EXPECT_EQ(cores_of(""), 1);
}

TEST_F(BatchAccount, has_no_certificates) {
  const std::string one = "/certificates(thumbprintAlgorithm=sha1,thumbprint=ab01)";
  EXPECT_TRUE(get<batch::Page<batch::Certificate>>("/certificates").value.empty());
  EXPECT_EQ(outcome(send("GET", one)), "404 CertificateNotFound");
  EXPECT_EQ(outcome(send("DELETE", one)), "404 CertificateNotFound");
  EXPECT_EQ(outcome(send("POST", one + "/canceldelete")), "404 CertificateNotFound");
  EXPECT_EQ(outcome(send("GET", "/certificates%28thumbprintAlgorithm%3Dsha1%2Cthumbprint%3Dab%29")),
            "404 CertificateNotFound");
  EXPECT_EQ(outcome(send("GET", "/certificates(thumbprint=ab)")), "404 ResourceNotFound");
  EXPECT_EQ(outcome(send("POST", "/certificates",
                         R"({"thumbprint":"ab","thumbprintAlgorithm":"sha1","data":"aGk="})")),
            "409 InvalidRestAPIForAccountSetting");
}

TEST_F(BatchAccount, sums_up_its_jobs_and_pools) {
  add_pool();
  add_job();
  add_task("t1");
  add_task("t2");
  end_all();
  end_all(1);
  const auto jobs = get<batch::JobStatistics>("/lifetimejobstats");
  EXPECT_EQ(jobs.num_succeeded_tasks.value, 1);
  EXPECT_EQ(jobs.num_failed_tasks.value, 1);
  clock.advance(std::chrono::hours(2));
  const auto pools = get<batch::PoolStatistics>("/lifetimepoolstats");
  EXPECT_EQ(pools.usage_stats->dedicated_core_time.iso8601(), "PT2H");
  const auto pool = get<batch::Pool>("/pools/p?$expand=stats");
  ASSERT_TRUE(pool.stats);
  const auto stats = decode<batch::PoolStatistics>(pool.stats->json);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->url, "http://127.0.0.1:1/pools/p");
  EXPECT_EQ(stats->start_time, pool.creation_time);
  EXPECT_EQ(stats->usage_stats->dedicated_core_time.iso8601(), "PT2H");
  EXPECT_FALSE(get<batch::Pool>("/pools/p").stats);
  EXPECT_EQ(get<batch::Page<batch::Pool>>("/pools?$expand=stats").value.at(0).stats, pool.stats);
}

TEST_F(BatchAccount, has_no_node_to_reach_by_remote_desktop) {
  add_pool();
  const auto node = get<batch::Page<batch::Node>>("/pools/p/nodes").value.at(0).id;
  EXPECT_EQ(outcome(send("GET", "/pools/p/nodes/" + node + "/rdp")), "409 OperationNotValidOnNode");
}

}  // namespace
}  // namespace dms::service
