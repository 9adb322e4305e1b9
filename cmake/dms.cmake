# One target per folder: dms_library(core LIBS…) is the static library dms_core of core/*.cpp.

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # It keeps what was compiled with precompiled headers only when told that this is well.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
    ${CCACHE_PROGRAM})
endif()

add_library(dms_options INTERFACE)
target_include_directories(dms_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(dms_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow
  -Wno-missing-field-initializers)
if(DMS_WERROR)
  target_compile_options(dms_options INTERFACE -Werror)
endif()
if(DMS_SANITIZE)
  target_compile_options(dms_options INTERFACE -fsanitize=address,undefined
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(dms_options INTERFACE -fsanitize=address,undefined)
endif()
if(DMS_FUZZ)
  # Without the check of function pointers' types, which clang 14 cannot do in coroutines.
  target_compile_options(dms_options INTERFACE -fsanitize=fuzzer-no-link,address,undefined
    -fno-sanitize=function -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(dms_options INTERFACE -fsanitize=address,undefined)
endif()

# A third of every compilation is the same headers of the standard library. They are compiled once
# for the targets of one kind, whose first one, the owner, has them; no file may rely on it, which
# ./check sees to, building without.
function(dms_precompile target owner)
  if(NOT DMS_PCH)
    return()
  elseif(target STREQUAL owner)
    target_precompile_headers(${target} PRIVATE <algorithm> <chrono> <filesystem> <functional> <map>
      <memory> <mutex> <optional> <set> <string> <thread> <variant> <vector> <fmt/format.h> ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()

# What files of a target have in common is compiled once for several of them, which halves the time
# of a first build. So names in unnamed namespaces are unique in a target.
function(dms_unite target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${DMS_UNITY} UNITY_BUILD_BATCH_SIZE 8)
endfunction()

function(dms_library folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp
    ${CMAKE_SOURCE_DIR}/${folder}/*/*.cpp)
  add_library(dms_${folder} STATIC ${sources})
  target_link_libraries(dms_${folder} PUBLIC dms_options ${ARGN})
  dms_precompile(dms_${folder} dms_core)
  dms_unite(dms_${folder})
endfunction()

function(dms_program name folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE dms_options ${ARGN})
  dms_precompile(${name} ${name} <CLI/CLI.hpp>)
  dms_unite(${name})
endfunction()

# dms_test(core LIBS…) is the program core_tests of tests/core/*.cpp, one ctest entry per test.
function(dms_test folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${folder}_tests ${sources})
  target_link_libraries(${folder}_tests PRIVATE dms_options ${ARGN} GTest::gtest GTest::gmock
    GTest::gtest_main)
  dms_precompile(${folder}_tests core_tests <gmock/gmock.h> <gtest/gtest.h>)
  dms_unite(${folder}_tests)
  gtest_discover_tests(${folder}_tests TEST_PREFIX ${folder}. DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 120)
endfunction()
