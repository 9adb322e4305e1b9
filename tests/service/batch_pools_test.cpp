// Pools over HTTP: what is checked, filled in, hidden and changed.
#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

class BatchPools : public BatchServiceTest {
 protected:
  // A pool of these members beside id, vmSize and no nodes.
  std::string pool_of(const std::string& more) {
    return R"({"id":"p","vmSize":"Standard_D2_v3","targetDedicatedNodes":0,)" + more + "}";
  }
  // "InvalidPropertyValue subnetId" of a pool that is refused.
  std::string refusal_of(const std::string& more) {
    const Response response = send("POST", "/pools", pool_of(more));
    if (response.status == 201) {
      send("DELETE", "/pools/p");
      tick();
      tick();
      return "";
    }
    const auto body = decode<batch::ErrorBody>(response.body);
    EXPECT_TRUE(body) << response.body;
    if (!body) return response.body;
    std::string text = body->code;
    for (const auto& [key, value] : body->values)
      if (key == "PropertyName") text += " " + value;
    return text;
  }
  static std::string machine(const std::string& more, const std::string& image = "") {
    return R"("virtualMachineConfiguration":{"imageReference":)" +
           (image.empty() ? R"({"publisher":"p","offer":"o","sku":"s"})" : image) +
           R"(,"nodeAgentSKUId":"batch.node.debian 12")" + more + "}";
  }
  static std::string nat(const std::string& more) {
    return R"("networkConfiguration":{"endpointConfiguration":{"inboundNATPools":[{"name":"n",)"
           R"("protocol":"tcp",)" +
           more + "}]}}";
  }
};

TEST_F(BatchPools, a_subnet_of_another_subscription_is_refused_with_its_property) {
  const std::string subnet =
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/"
      "Microsoft.Network/virtualNetworks/v/subnets/s";
  const Response response =
      send("POST", "/pools", pool_of(R"("networkConfiguration":{"subnetId":")" + subnet + "\"}"));
  EXPECT_EQ(outcome(response), "400 InvalidPropertyValue");
  const auto values = decode<batch::ErrorBody>(response.body)->values;
  ASSERT_EQ(values.size(), 3u);
  EXPECT_EQ(values[0], (batch::ErrorDetail{"PropertyName", "subnetId"}));
  EXPECT_EQ(values[1], (batch::ErrorDetail{"PropertyValue", subnet}));
  EXPECT_EQ(values[2].key, "Reason");
}

TEST_F(BatchPools, image_ids_must_have_the_form_of_one) {
  const auto refused = [&](const std::string& id) {
    return refusal_of(machine("", R"({"virtualMachineImageId":")" + id + "\"}"));
  };
  const std::string group =
      "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/g/providers/"
      "Microsoft.Compute";
  const std::string wrong = "InvalidPropertyValue virtualMachineImageId";
  EXPECT_EQ(refused("x"), wrong);
  EXPECT_EQ(refused(group + "/gallery/g/images/i/versions/1"), wrong);
  EXPECT_EQ(refused("/subscriptions/nobody/resourceGroups/g/providers/Microsoft.Compute/images/i"),
            wrong);
  EXPECT_EQ(refused(group + "/images/i/"), wrong);
  EXPECT_EQ(refused(group + "/images/i"), "");
  EXPECT_EQ(refused(group + "/galleries/g/images/i/versions/1"), "");
  EXPECT_EQ(refusal_of(machine("", R"({"publisher":"p"})")), "InvalidPropertyValue imageReference");
}

TEST_F(BatchPools, properties_that_are_wrong_are_named) {
  const std::pair<std::string, std::string> cases[] = {
      {R"("resizeTimeout":"PT4M")", "InvalidPropertyValue resizeTimeout"},
      {R"("resizeTimeout":"P8D")", "InvalidPropertyValue resizeTimeout"},
      {R"("resizeTimeout":"soon")", "InvalidPropertyValue resizeTimeout"},
      {R"("targetLowPriorityNodes":-1)", "InvalidPropertyValue targetLowPriorityNodes"},
      {R"("startTask":{"commandLine":""})", "InvalidPropertyValue commandLine"},
      {R"("startTask":{})", "MissingRequiredProperty commandLine"},
      {R"("startTask":{"commandLine":"x","maxTaskRetryCount":-2})",
       "InvalidPropertyValue maxTaskRetryCount"},
      {R"("startTask":{"commandLine":"x","containerSettings":{"imageName":"i"}})",
       "UnsupportedProperty containerSettings"},
      {R"("metadata":[{"name":"","value":"v"}])", "EmptyMetadataKey name"},
      {R"("taskSchedulingPolicy":{"nodeFillType":"spread","jobDefaultOrder":"any"})",
       "InvalidPropertyValue jobDefaultOrder"},
      {R"("userAccounts":[{"name":"a23456789012345678901","password":"x"}])",
       "InvalidPropertyValue name"},
      {R"("mountConfiguration":[{}])", "UnsupportedProperty mountConfiguration"},
      {R"("certificateReferences":[{"thumbprint":"0"}])",
       "InvalidCertificateReferences certificateReferences"},
      {R"("certificateReferences":[])", ""},
      {R"("cloudServiceConfiguration":{"osFamily":"4"})",
       "UnsupportedProperty cloudServiceConfiguration"},
      {machine(R"(,"containerConfiguration":{"type":"dockerCompatible"})"),
       "UnsupportedProperty containerConfiguration"},
      {machine(R"(,"extensions":[{"name":"e","publisher":"p","type":"t"}])"),
       "UnsupportedProperty extensions"},
      {machine(R"(,"dataDisks":[{"lun":64,"diskSizeGB":1}])"), "InvalidPropertyValue lun"},
      {machine(R"(,"dataDisks":[{"lun":0,"diskSizeGB":1},{"lun":0,"diskSizeGB":1}])"),
       "InvalidPropertyValue lun"},
      {machine(R"(,"dataDisks":[{"lun":0,"diskSizeGB":1,"caching":"much"}])"),
       "InvalidPropertyValue caching"},
      {machine(R"(,"diskEncryptionConfiguration":{"targets":["moon"]})"),
       "InvalidPropertyValue targets"},
      {nat(R"("backendPort":22,"frontendPortRangeStart":1,"frontendPortRangeEnd":100)"),
       "InvalidPropertyValue backendPort"},
      {nat(R"("backendPort":80,"frontendPortRangeStart":1,"frontendPortRangeEnd":39)"),
       "InvalidPropertyValue frontendPortRangeEnd"},
      {nat(R"("backendPort":80,"frontendPortRangeStart":49990,"frontendPortRangeEnd":50100)"),
       "InvalidPropertyValue frontendPortRangeStart"},
      {nat(R"("backendPort":80,"frontendPortRangeStart":1,"frontendPortRangeEnd":40,)"
           R"("networkSecurityGroupRules":[{"priority":1,"access":"allow",)"
           R"("sourceAddressPrefix":"*"}])"),
       "InvalidPropertyValue priority"},
      {nat(R"("backendPort":80,"frontendPortRangeStart":1,"frontendPortRangeEnd":40)"), ""},
  };
  for (const auto& [more, expected] : cases) EXPECT_EQ(refusal_of(more), expected) << more;
}

TEST_F(BatchPools, defaults_are_filled_in_and_shown) {
  ASSERT_EQ(send("POST", "/pools",
                 pool_of(R"("displayName":"D","startTask":{"commandLine":"x"},)" +
                         machine(R"(,"dataDisks":[{"lun":1,"diskSizeGB":50}],)"
                                 R"("diskEncryptionConfiguration":{"targets":["temporarydisk"]})")))
                .status,
            201);
  const auto pool = get<batch::Pool>("/pools/p");
  EXPECT_EQ(pool.vm_size, "standard_d2_v3");
  EXPECT_EQ(pool.display_name, "D");
  EXPECT_EQ(pool.start_task->wait_for_success, true);
  EXPECT_EQ(pool.start_task->max_task_retry_count, 0);
  EXPECT_EQ(pool.start_task->user_identity->auto_user->scope, batch::AutoUserScope::pool);
  EXPECT_EQ(pool.task_scheduling_policy->node_fill_type, batch::NodeFillType::spread);
  EXPECT_EQ(pool.resize_timeout->iso8601(), "PT15M");
  const auto& machine = *pool.virtual_machine_configuration;
  EXPECT_EQ(machine.image_reference.version, "latest");
  ASSERT_EQ(machine.data_disks.size(), 1u);
  EXPECT_EQ(machine.data_disks[0].caching, "none");
  EXPECT_EQ(machine.data_disks[0].storage_account_type, "standard_lrs");
  EXPECT_EQ(machine.disk_encryption_configuration->targets[0], "temporarydisk");
}

TEST_F(BatchPools, passwords_and_keys_are_neither_shown_nor_stored) {
  ASSERT_EQ(send("POST", "/pools",
                 pool_of(R"("userAccounts":[{"name":"u","password":"hidden-1",)"
                         R"("linuxUserConfiguration":{"uid":7,"sshPrivateKey":"hidden-2"}}])"))
                .status,
            201);
  const Response shown = send("GET", "/pools/p");
  EXPECT_EQ(shown.body.find("hidden"), std::string::npos) << shown.body;
  const auto pool = get<batch::Pool>("/pools/p");
  ASSERT_EQ(pool.user_accounts.size(), 1u);
  EXPECT_EQ(pool.user_accounts[0].elevation_level, batch::ElevationLevel::nonadmin);
  EXPECT_EQ(pool.user_accounts[0].linux_user_configuration->uid, 7);
  ASSERT_TRUE(store->load("pool", [](std::string_view, std::string_view row) {
    EXPECT_EQ(row.find("hidden"), std::string_view::npos) << row;
  }));
}

TEST_F(BatchPools, patch_keeps_and_updateproperties_removes_what_is_absent) {
  ASSERT_EQ(send("POST", "/pools", pool_of(R"("startTask":{"commandLine":"x"})")).status, 201);
  const Response patched = send("PATCH", "/pools/p", R"({"metadata":[{"name":"a","value":"b"}]})");
  EXPECT_EQ(patched.status, 200) << patched.body;
  EXPECT_TRUE(patched.headers.contains("ETag"));
  auto pool = get<batch::Pool>("/pools/p");
  EXPECT_EQ(pool.metadata.size(), 1u);
  EXPECT_EQ(pool.start_task->command_line, "x");
  EXPECT_EQ(outcome(send("POST", "/pools/p/updateproperties", R"({"metadata":[]})")),
            "400 MissingRequiredProperty");
  EXPECT_EQ(send("POST", "/pools/p/updateproperties",
                 R"({"metadata":[],"applicationPackageReferences":[],"certificateReferences":[]})")
                .status,
            204);
  pool = get<batch::Pool>("/pools/p");
  EXPECT_TRUE(pool.metadata.empty());
  EXPECT_FALSE(pool.start_task);
  EXPECT_EQ(outcome(send("PATCH", "/pools/p", "{}", {{"If-Match", "0x1"}})), "412 ConditionNotMet");
}

TEST_F(BatchPools, resize_then_stop_ends_steady_with_errors) {
  add_pool("p", 0);
  tick();
  tick();
  EXPECT_EQ(
      send("POST", "/pools/p/resize", R"({"targetDedicatedNodes":3,"targetLowPriorityNodes":2})")
          .status,
      202);
  EXPECT_EQ(send("POST", "/pools/p/stopresize").status, 202);
  EXPECT_EQ(get<batch::Pool>("/pools/p").allocation_state, batch::AllocationState::stopping);
  tick();
  const auto pool = get<batch::Pool>("/pools/p");
  EXPECT_EQ(pool.allocation_state, batch::AllocationState::steady);
  EXPECT_EQ(pool.target_dedicated_nodes, 3);
  ASSERT_EQ(pool.resize_errors.size(), 2u);
  EXPECT_EQ(pool.resize_errors[1].code, "ResizeStopped");
  EXPECT_EQ(outcome(send("POST", "/pools/p/stopresize")), "409 OperationInvalidForCurrentState");
}

TEST_F(BatchPools, a_page_of_node_counts_had_ten_pools_before_2023) {
  for (int i = 0; i < 12; ++i) add_pool("p" + std::to_string(i), 0);
  const auto size = [&](const std::string& target) {
    return get<batch::Page<batch::PoolNodeCounts>>(target).value.size();
  };
  EXPECT_EQ(size("/nodecounts"), 12u);
  EXPECT_EQ(size("/nodecounts?api-version=2022-10-01.16.0"), 10u);
  EXPECT_EQ(outcome(send("GET", "/nodecounts?api-version=2022-10-01.16.0&maxresults=11")),
            "400 OutOfRangeQueryParameterValue");
  const auto counts =
      get<batch::Page<batch::PoolNodeCounts>>("/nodecounts?$filter=poolId%20eq%20'p1'");
  ASSERT_EQ(counts.value.size(), 1u);
  EXPECT_EQ(counts.value[0].dedicated, batch::NodeCounts{}) << "a fresh pool has nothing";
}

}  // namespace
}  // namespace dms::service
