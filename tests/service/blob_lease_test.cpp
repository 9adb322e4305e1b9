// Leases: the table of their states, and what they keep off.
#include "service/blob/lease.h"

#include "tests/service/blob_fixture.h"

namespace dms::service {
namespace {

using std::chrono::seconds;

// ---- the table ----

class LeaseTable : public testing::Test {
 protected:
  Timestamp after(int count) const { return {clock.now().at + seconds(count)}; }
  Lease acquired(std::optional<seconds> duration = seconds(30)) const {
    return change_lease({}, {.action = "acquire", .proposed_id = "me", .duration = duration},
                        clock.now())
        .value();
  }
  Lease broken(int period) const {
    return change_lease(acquired(), {.action = "break", .break_period = seconds(period)},
                        clock.now())
        .value();
  }
  static std::string code(const Result<Lease>& result) {
    return result ? "" : result.error().service_code;
  }
  std::string refusal(const Lease& lease, const LeaseRequest& request, int at = 1) const {
    return code(change_lease(lease, request, after(at)));
  }
  FakeClock clock;
};

TEST_F(LeaseTable, lets_a_lease_run_out_and_be_taken_by_another) {
  const Lease lease = acquired();
  EXPECT_EQ(lease.state(after(29)), LeaseState::leased);
  EXPECT_EQ(lease.state(after(30)), LeaseState::expired);
  EXPECT_EQ(acquired(std::nullopt).state(after(1'000'000)), LeaseState::leased);
  const LeaseRequest other{.action = "acquire", .proposed_id = "you", .duration = seconds(15)};
  EXPECT_EQ(refusal(lease, other), "LeaseAlreadyPresent");
  EXPECT_EQ(change_lease(lease, other, after(30))->id, "you");
}

TEST_F(LeaseTable, renews_for_its_holder_even_after_it_ran_out) {
  EXPECT_EQ(change_lease(acquired(), {.action = "renew", .id = "me"}, after(40))->until, after(70));
  EXPECT_EQ(refusal(acquired(), {.action = "renew", .id = "you"}),
            "LeaseIdMismatchWithLeaseOperation");
  EXPECT_EQ(refusal({}, {.action = "renew", .id = "me"}), "LeaseNotPresentWithLeaseOperation");
  EXPECT_EQ(refusal(broken(5), {.action = "renew", .id = "me"}), "LeaseIsBrokenAndCannotBeRenewed");
}

TEST_F(LeaseTable, changes_its_id_and_is_released) {
  const LeaseRequest change{.action = "change", .id = "me", .proposed_id = "you"};
  const Lease changed = change_lease(acquired(), change, after(1)).value();
  EXPECT_EQ(changed.id, "you");
  EXPECT_EQ(change_lease(changed, change, after(1))->id, "you");
  EXPECT_EQ(refusal(changed, {.action = "release", .id = "me"}),
            "LeaseIdMismatchWithLeaseOperation");
  EXPECT_EQ(change_lease(changed, {.action = "release", .id = "you"}, after(1)).value(), Lease{});
  EXPECT_EQ(refusal(broken(5), change), "LeaseIsBreakingAndCannotBeChanged");
}

TEST_F(LeaseTable, breaks_after_the_shorter_of_its_rest_and_the_period) {
  EXPECT_EQ(*broken(60).broken_at, after(30));
  EXPECT_EQ(*broken(5).broken_at, after(5));
  EXPECT_EQ(broken(5).state(after(4)), LeaseState::breaking);
  EXPECT_EQ(broken(5).state(after(5)), LeaseState::broken);
  const Lease endless = change_lease(acquired(std::nullopt), {.action = "break"}, after(1)).value();
  EXPECT_EQ(endless.state(after(1)), LeaseState::broken);
  EXPECT_EQ(refusal(broken(5), {.action = "acquire", .proposed_id = "me"}),
            "LeaseIsBreakingAndCannotBeAcquired");
  EXPECT_EQ(refusal(broken(5), {.action = "acquire", .proposed_id = "you"}), "LeaseAlreadyPresent");
  EXPECT_EQ(refusal(broken(5), {.action = "acquire", .proposed_id = "you"}, 5), "");
}

TEST_F(LeaseTable, refuses_an_action_that_it_does_not_know) {
  EXPECT_EQ(refusal({}, {.action = "steal"}), "InvalidHeaderValue");
}

// ---- the service ----

class BlobLeaseTest : public BlobServiceTest {
 protected:
  void SetUp() override {
    create();
    put("a", "text");
  }
  Response lease(const std::string& action, Headers headers = {}) {
    headers.set("x-ms-lease-action", action);
    return send("PUT", path_of("a") + "?comp=lease", "", headers);
  }
  std::string acquire(const std::string& duration = "30") {
    const auto answer = lease("acquire", {{"x-ms-lease-duration", duration}});
    EXPECT_EQ(outcome(answer), "201");
    return std::string(answer.headers.get("x-ms-lease-id"));
  }
};

TEST_F(BlobLeaseTest, keeps_off_every_write_that_does_not_name_it) {
  const std::string id = acquire();
  const Headers mine{{"x-ms-lease-id", id}}, other{{"x-ms-lease-id", "other"}};
  const auto block_list = "<BlockList></BlockList>";
  const std::vector<std::tuple<std::string, std::string, std::string>> writes{
      {"PUT", "?comp=metadata", ""},
      {"PUT", "?comp=properties", ""},
      {"PUT", "?comp=block&blockid=AAAA", "x"},
      {"PUT", "?comp=blocklist", block_list},
      {"DELETE", "", ""}};
  for (const auto& [method, query, body] : writes) {
    EXPECT_EQ(outcome(send(method, path_of("a") + query, body)), "412 LeaseIdMissing") << query;
    EXPECT_EQ(outcome(send(method, path_of("a") + query, body, other)),
              "412 LeaseIdMismatchWithBlobOperation")
        << query;
  }
  EXPECT_EQ(outcome(put("a", "new")), "412 LeaseIdMissing");
  EXPECT_EQ(outcome(put("a", "new", mine)), "201");
  EXPECT_EQ(get("a").body, "new");
  EXPECT_EQ(outcome(send("DELETE", path_of("a"), "", mine)), "202");
}

TEST_F(BlobLeaseTest, shows_its_state_with_the_blob) {
  EXPECT_EQ(get("a").headers.get("x-ms-lease-state"), "available");
  acquire("-1");
  const auto leased = get("a");
  EXPECT_EQ(leased.headers.get("x-ms-lease-state"), "leased");
  EXPECT_EQ(leased.headers.get("x-ms-lease-status"), "locked");
  EXPECT_EQ(leased.headers.get("x-ms-lease-duration"), "infinite");
  const auto breaking = lease("break", {{"x-ms-lease-break-period", "20"}});
  EXPECT_EQ(outcome(breaking), "202");
  EXPECT_EQ(breaking.headers.get("x-ms-lease-time"), "20");
  EXPECT_EQ(get("a").headers.get("x-ms-lease-state"), "breaking");
  clock.advance(seconds(20));
  EXPECT_EQ(get("a").headers.get("x-ms-lease-state"), "broken");
  EXPECT_EQ(outcome(put("a", "new")), "201");
  EXPECT_EQ(get("a").headers.get("x-ms-lease-state"), "available");
}

TEST_F(BlobLeaseTest, outlives_a_restart_and_runs_out) {
  const std::string id = acquire();
  open();
  EXPECT_EQ(outcome(put("a", "new")), "412 LeaseIdMissing");
  EXPECT_EQ(outcome(lease("renew", {{"x-ms-lease-id", id}})), "200");
  clock.advance(seconds(31));
  EXPECT_EQ(outcome(put("a", "new", {{"x-ms-lease-id", id}})), "412 LeaseLost");
  EXPECT_EQ(outcome(put("a", "new")), "201");
}

TEST_F(BlobLeaseTest, is_not_given_for_a_time_that_is_not_allowed_or_a_blob_that_is_not_there) {
  for (const auto* duration : {"14", "61", "-2", "x"})
    EXPECT_EQ(outcome(lease("acquire", {{"x-ms-lease-duration", duration}})),
              "400 InvalidHeaderValue");
  EXPECT_EQ(outcome(lease("acquire")), "400 MissingRequiredHeader");
  EXPECT_EQ(outcome(send("PUT", path_of("none") + "?comp=lease", "",
                         {{"x-ms-lease-action", "acquire"}, {"x-ms-lease-duration", "15"}})),
            "404 BlobNotFound");
  EXPECT_EQ(outcome(put("a", "x", {{"x-ms-lease-id", "some"}})),
            "412 LeaseNotPresentWithBlobOperation");
}

TEST_F(BlobLeaseTest, reads_only_by_its_own_id_when_one_is_named) {
  const std::string id = acquire();
  EXPECT_EQ(get("a").status, 200);
  EXPECT_EQ(get("a", {{"x-ms-lease-id", id}}).status, 200);
  EXPECT_EQ(outcome(get("a", {{"x-ms-lease-id", "other"}})),
            "412 LeaseIdMismatchWithBlobOperation");
  EXPECT_EQ(outcome(send("HEAD", path_of("a"), "", {{"x-ms-lease-id", "other"}})),
            "412 LeaseIdMismatchWithBlobOperation");
}

TEST_F(BlobLeaseTest, stands_in_lists) {
  acquire("-1");
  const std::string list = send("GET", "/cont?restype=container&comp=list").body;
  EXPECT_NE(list.find("<LeaseStatus>locked</LeaseStatus><LeaseState>leased</LeaseState>"
                      "<LeaseDuration>infinite</LeaseDuration>"),
            std::string::npos)
      << list;
}

// ---- containers ----

class ContainerLeaseTest : public BlobServiceTest {
 protected:
  static constexpr const char* container = "/cont?restype=container";
  void SetUp() override { create(); }
  Response lease(const std::string& action, Headers headers = {}) {
    headers.set("x-ms-lease-action", action);
    return send("PUT", std::string(container) + "&comp=lease", "", headers);
  }
};

TEST_F(ContainerLeaseTest, guards_the_container_and_not_its_blobs) {
  const auto acquired = lease("acquire", {{"x-ms-lease-duration", "-1"}});
  EXPECT_EQ(outcome(acquired), "201");
  const std::string id(acquired.headers.get("x-ms-lease-id"));
  EXPECT_EQ(outcome(put("a", "x")), "201");
  open();
  EXPECT_EQ(outcome(send("DELETE", container)), "412 LeaseIdMissing");
  EXPECT_EQ(outcome(send("DELETE", container, "", {{"x-ms-lease-id", "other"}})),
            "412 LeaseIdMismatchWithContainerOperation");
  EXPECT_EQ(outcome(send("HEAD", container, "", {{"x-ms-lease-id", "other"}})),
            "412 LeaseIdMismatchWithContainerOperation");
  const auto properties = send("HEAD", container);
  EXPECT_EQ(properties.headers.get("x-ms-lease-state"), "leased");
  EXPECT_EQ(properties.headers.get("x-ms-lease-duration"), "infinite");
  EXPECT_NE(send("GET", "/?comp=list").body.find("<LeaseState>leased</LeaseState>"),
            std::string::npos);
  EXPECT_EQ(outcome(send("DELETE", container, "", {{"x-ms-lease-id", id}})), "202");
}

TEST_F(ContainerLeaseTest, is_changed_renewed_broken_and_released_as_that_of_a_blob) {
  ASSERT_EQ(
      outcome(lease("acquire", {{"x-ms-lease-duration", "15"}, {"x-ms-proposed-lease-id", "me"}})),
      "201");
  EXPECT_EQ(outcome(lease("acquire", {{"x-ms-lease-duration", "15"}})), "409 LeaseAlreadyPresent");
  EXPECT_EQ(lease("change", {{"x-ms-lease-id", "me"}, {"x-ms-proposed-lease-id", "you"}})
                .headers.get("x-ms-lease-id"),
            "you");
  EXPECT_EQ(outcome(lease("renew", {{"x-ms-lease-id", "you"}})), "200");
  const auto broken = lease("break", {{"x-ms-lease-break-period", "0"}});
  EXPECT_EQ(outcome(broken), "202");
  EXPECT_EQ(broken.headers.get("x-ms-lease-time"), "0");
  EXPECT_EQ(outcome(lease("release", {{"x-ms-lease-id", "you"}})), "200");
  EXPECT_EQ(send("HEAD", container).headers.get("x-ms-lease-state"), "available");
}

TEST_F(ContainerLeaseTest, has_metadata_and_dates_as_conditions) {
  const std::string metadata = std::string(container) + "&comp=metadata";
  const std::string created(send("HEAD", container).headers.get("Last-Modified"));
  clock.advance(seconds(5));
  EXPECT_EQ(outcome(send("PUT", metadata, "", {{"x-ms-meta-owner", "lab"}})), "200");
  open();
  EXPECT_EQ(send("HEAD", container).headers.get("x-ms-meta-owner"), "lab");
  EXPECT_EQ(outcome(send("PUT", metadata, "", {{"If-Unmodified-Since", created}})),
            "412 ConditionNotMet");
  EXPECT_EQ(outcome(send("DELETE", container, "", {{"If-Unmodified-Since", created}})),
            "412 ConditionNotMet");
  EXPECT_EQ(outcome(send("DELETE", container, "", {{"If-Modified-Since", created}})), "202");
}

}  // namespace
}  // namespace dms::service
