// What a study's runs are: derived values, conditions, samples, ids and templates.
#include <set>

#include "models/runs/run.h"
#include "models/runs/run_task.h"
#include "tests/models/study_fixture.h"

namespace dms::models {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Pair;

class StudyRuns : public StudyFixture {};

TEST_F(StudyRuns, of_a_particle_tracking_study_are_said_in_a_few_lines) {
  write("run_number_loc.txt", "run#,particle#,node\n1,5000,7\n2,4000,8\n");
  const auto study = load(R"(sweep:
  csv: {file: run_number_loc.txt, columns: {RUN_NO: 'run#', PARTICLES: 'particle#', NODE: node}}
  PTM_START_DATE: {dates: {from: 1990-01-01, to: 1991-12-01, step: 1mo, format: '%d%b%Y', upper: yes}}
where: month(PTM_START_DATE) in [1, 4]
derive:
  PTM_END_DATE: {date: PTM_START_DATE, add: 92d}
  PARTICLE_INSERTION_ROW: '{NODE} {PARTICLES} 0day 1485minutes'
task_id: ptm_{RUN_NO}_{PTM_START_DATE}
)");
  ASSERT_TRUE(study) << study.error().message;
  ASSERT_EQ(study->space.size(), 8);
  const models::Run run = Runs(*study, "").at(5);
  EXPECT_THAT(run.environment,
              ElementsAre(Pair("RUN_NO", "2"), Pair("PARTICLES", "4000"), Pair("NODE", "8"),
                          Pair("PTM_START_DATE", "01APR1990"), Pair("PTM_END_DATE", "02JUL1990"),
                          Pair("PARTICLE_INSERTION_ROW", "8 4000 0day 1485minutes")));
  EXPECT_THAT(run.id, MatchesRegex("ptm_2_01APR1990-[0-9a-f]+"));
  EXPECT_EQ(study->space.describe(), "RUN_NO, PARTICLES, NODE 2 × PTM_START_DATE 24, 8 of 48");
}

TEST_F(StudyRuns, derive_values_in_any_order) {
  EXPECT_EQ(points("sweep: {YEAR: [1990], MONTH: [2, 11]}\n"
                   "derive:\n"
                   "  ID: {text: 'r-{END}-{FLOW}', upper: true}\n"
                   "  END: {date: START, add: 1y-1d, format: '%b%Y'}\n"
                   "  START: {date: '{YEAR}-{MONTH}-01'}\n"
                   "  FLOW: {number: MONTH * 2.5, format: '%06.2f'}\n"),
            "study.yml:6:27: derive.END.add is a time such as 92d, -1mo, 1y or 12h, not '1y-1d'");
  EXPECT_EQ(points("sweep: {YEAR: [1990], MONTH: [2, 11]}\n"
                   "derive:\n"
                   "  ID: {text: 'r-{END}-{FLOW}', upper: true}\n"
                   "  END: {date: START, add: 1y, format: '%b%Y'}\n"
                   "  START: {date: '{YEAR}-{MONTH}-01'}\n"
                   "  FLOW: {number: MONTH * 2.5, format: '%06.2f'}\n"),
            "1990,2,1990-02-01,Feb1991,005.00,R-FEB1991-005.00 | "
            "1990,11,1990-11-01,Nov1991,027.50,R-NOV1991-027.50");
  EXPECT_EQ(points("sweep: {F: [a/b_1.inp, c_22.inp]}\n"
                   "derive: {N: {text: '{F}', split: _, part: -1, upper: yes}, M: 'x${F}{{F}}'}"),
            "a/b_1.inp,1.INP,x${F}{{F}} | c_22.inp,22.INP,x${F}{{F}}");
}

TEST_F(StudyRuns, keep_only_points_that_hold_all_conditions) {
  EXPECT_EQ(points("sweep: {A: {range: [1, 6]}, B: [x, y]}\nwhere: ['A % 2 == 0', B == 'x']"),
            "2,x | 4,x | 6,x");
}

TEST_F(StudyRuns, sample_a_cube) {
  const std::string cube = "sweep: {K: {uniform: [10, 20]}, L: {loguniform: [1, 100]}}\n";
  EXPECT_EQ(points(cube + "sample: {method: grid, count: 3}"),
            "10,1 | 10,10 | 10,100 | 15,1 | 15,10 | 15,100 | 20,1 | 20,10 | 20,100");
  EXPECT_EQ(points(cube + "sample: {method: sobol, count: 4}"),
            "10,1 | 15,10 | 17.5,3.16227766017 | 12.5,31.6227766017");
  // Known answers: other numbers would be other runs.
  EXPECT_EQ(points(cube + "sample: {method: random, count: 2, seed: 1}"),
            "16.9351213901,46.2085031263 | 14.232114482,8.8870436561");
  EXPECT_EQ(points(cube + "sample: {method: lhs, count: 2, seed: 1}"),
            "13.4675606951,6.79768365889 | 17.116057241,29.8111449899");
  const auto sobol = load(cube + "sample: {method: sobol, count: 64, seed: 3}");
  ASSERT_TRUE(sobol);
  EXPECT_EQ(sobol->space.describe(), "sobol 64 of K × L");
}

TEST_F(StudyRuns, sample_listed_values_without_repeating_a_run) {
  const std::string listed = "sweep: {A: [1, 2, 3], B: [x, y]}\n";
  const auto all = load(listed + "sample: {method: random, count: 6, seed: 5}");
  ASSERT_TRUE(all) << all.error().message;
  std::set<std::vector<std::string>> points_seen;
  for (std::uint64_t at = 0; at < 6; ++at) points_seen.insert(all->space.point(at));
  EXPECT_EQ(points_seen.size(), 6);
  EXPECT_THAT(points(listed + "sample: {method: random, count: 7}"),
              HasSubstr(":3:8: a sample of 7 points: there are only 6"));
  const auto sobol = load(listed + "sample: {method: sobol, count: 64}");
  ASSERT_TRUE(sobol);
  EXPECT_EQ(sobol->space.size(), 6);
}

TEST_F(StudyRuns, have_ids_of_a_pattern_and_a_digest_of_what_they_are) {
  const std::string text = "sweep: {RUN: [1.5, 2]}\ntask_id: 'r-{RUN}'\n";
  const auto study = load(text), changed = load(text + "outputs: [x]\n");
  ASSERT_TRUE(study && changed);
  const std::string id = Runs(*study, "").at(0).id;
  EXPECT_THAT(id, MatchesRegex("r-1_5-[0-9a-f]+"));
  EXPECT_EQ(id.size(), 14);
  EXPECT_NE(Runs(*changed, "").at(0).id, id);
}

TEST_F(StudyRuns, fill_their_templates_in_before_the_command) {
  write("in/ptm.tpl", "start {START}\n{{x}} {CASE} {AZ_BATCH_NODE_SHARED_DIR}/tide.h5");
  const auto study = load(
      "inputs: in\nsweep: {START: [a, b]}\nenvironment_variables: {CASE: t}\n"
      "templates: {from: ptm.tpl, to: '{START}/ptm inp'}\n");
  ASSERT_TRUE(study) << study.error().message;
  const Runs runs(*study, "abc");
  EXPECT_THAT(run_script(runs.at(1), {}),
              HasSubstr("template --style braces -- '\\''ptm.tpl'\\'' '\\''b/ptm inp'\\''\nc'"));
  Study other = *study;
  other.templates[0].style = "dollar";
  EXPECT_NE(Runs(other, "abc").at(1).id, runs.at(1).id);
}

struct RunsMistake {
  const char* text;
  const char* words;
};
class WrongRuns : public StudyRuns, public testing::WithParamInterface<RunsMistake> {};

TEST_P(WrongRuns, are_refused_with_their_place) {
  write("in/a.tpl", "x\ny {NDOE}\n{A}");
  write("in/pest.tpl", "ptf ~\n~a ~ ~  b~\n~ a");
  EXPECT_THAT(points(GetParam().text), HasSubstr(GetParam().words));
}

#define AB "sweep: {A: [one, two], B: [1]}\n"
INSTANTIATE_TEST_SUITE_P(
    Study, WrongRuns,
    testing::Values(
        RunsMistake{AB "derive: {C: '{D}', D: 'x{E}', E: '{C}'}",
                    "study.yml:4:10: derive goes in a circle: C needs D needs E needs C"},
        RunsMistake{AB "derive: {C: '{C}'}", ":4:10: derive goes in a circle: C needs C"},
        RunsMistake{AB "derive: {C: '{BB}'}",
                    ":4:13: derive.C: no parameter is called BB; known are A, B"},
        RunsMistake{AB "derive: {A: x}", ":4:10: A is swept and cannot be derived too"},
        RunsMistake{AB "derive: {C: {date: A, add: 1d}}",
                    ":4:13: derive.C: with A=one, B=1: 'one' is no date as 1990-01-31"},
        RunsMistake{AB "derive: {C: {txt: A}}", ":4:13: derive.C is a text, or {text: …}"},
        RunsMistake{AB "derive: {C: {text: A, upr: yes}}", ":4:23: unknown key 'upr'"},
        RunsMistake{AB "derive: {C: {number: A * 2}}",
                    ":4:13: derive.C: with A=one, B=1: 'one' is no number"},
        RunsMistake{AB "derive: {C: {number: B * }}",
                    ":4:22: derive.C: a value is expected at its end"},
        RunsMistake{AB "derive: {C: {number: B, format: '%s'}}",
                    ":4:33: derive.C.format: '%s' is no"},
        RunsMistake{AB "derive: {C: {text: '{A}', split: _, part: 2}}",
                    ":4:13: derive.C: with A=one, B=1: 'one' has 1 parts between '_', not 2"},
        RunsMistake{AB "derive: {C: x}\nenvironment_variables: {C: y}",
                    ":5:24: C is a parameter and cannot be in environment_variables too"},
        RunsMistake{AB "where: A < 5", ":4:8: where: with A=one, B=1: 'one' and 5 have no order"},
        RunsMistake{AB "where: ['B == 1', 'AA == 1']", ":4:19: where: no parameter is called AA"},
        RunsMistake{AB "where: ['B == 1', 'B == 2']",
                    ":4:8: where: none of the 2 points holds this"},
        RunsMistake{AB "sample: {method: sobol, count: 0}",
                    ":4:32: sample.count is a whole number from"},
        RunsMistake{AB "sample: {method: magic, count: 1}", ":4:18: sample.method is grid, random"},
        RunsMistake{AB "sample: {method: grid, count: 2, seed: 1}",
                    ":4:40: sample: a grid is the same"},
        RunsMistake{"sweep: {zip: {A: {uniform: [0, 1]}, B: {uniform: [0, 1]}}}\n"
                    "sample: {method: sobol, count: 2}",
                    ":3:14: A: uniform and loguniform cannot be in a zip or chain"},
        RunsMistake{AB "task_id: r_{B}",
                    ":4:10: task_id: runs 1 (A=one, B=1) and 2 (A=two, B=1) would both be 'r_1'"},
        RunsMistake{"sweep: {A: [x, X]}\ntask_id: r_{A}",
                    ":4:10: task_id: runs 1 (A=x) and 2 (A=X)"},
        RunsMistake{AB "task_id: r.{A}", ":4:10: task_id: 'r.{A}' may hold letters, digits"},
        RunsMistake{AB "task_id: r{a}",
                    ":4:10: task_id: no parameter is called a (did you mean 'A'?)"},
        RunsMistake{
            "sweep: {A: [1234567890123456789012345678901234567890123456789012345]}\n"
            "task_id: r{A}",
            ":4:10: task_id: run 1 (A=1234567890123456789012345678901234567890123456789012345) "
            "would be"},
        RunsMistake{AB "templates: [{from: a.tpl, to: a}]",
                    ":4:20: templates: the study has no inputs that could hold a.tpl"},
        RunsMistake{AB "inputs: in\ntemplates: [{from: a.tpl, to: a}]",
                    ":5:20: templates: a.tpl:2:3: no parameter is called NDOE; known are A, B"},
        RunsMistake{AB "inputs: in\ntemplates: [{from: pest.tpl, to: a, style: tilde}]",
                    ":5:20: templates: pest.tpl:3:1: no second '~' ends this gap"},
        RunsMistake{
            "inputs: in\nsweep: {A: [12345, 123456], B: [1]}\n"
            "templates: [{from: pest.tpl, to: a, style: tilde}]",
            ":5:20: templates: pest.tpl:2:1: the value of A of run 1, '12345', is longer than "
            "the 4 characters of its gap"},
        RunsMistake{AB "inputs: in\ntemplates: [{from: ../a.tpl, to: a}]",
                    ":5:20: templates.from: "},
        RunsMistake{AB "inputs: in\ntemplates: [{from: b.tpl, to: a}]", ":5:20: templates: "},
        RunsMistake{AB "templates: [{form: a.tpl, to: a}]",
                    ":4:14: unknown key 'form' (did you mean"}));
#undef AB

}  // namespace
}  // namespace dms::models
