# How the tests of a GoogleTest program become tests of ctest.
include(GoogleTest)

# discover_tests(PROGRAM [PREFIX text] [FILTER pattern] [NAME name] [SHARDS n] [PROPERTIES ...])
#
# SHARDS processes share the tests, and ctest sees NAME.shard-1 and so on. script/test adds up what these passed. A process
# for each of 1,900 tests took longer to start than the tests to run: half of the time of the release's tests, and with
# sanitizers, where a program takes a third of a second to start, most of it. With -DAUDIO_STREAM_TEST_PROCESSES=ON each
# test has a process of its own, which shows at once what one leaves behind for the next.
option(AUDIO_STREAM_TEST_PROCESSES "A process of its own for each test" OFF)

function(discover_tests program)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PREFIX;FILTER;NAME;SHARDS" "PROPERTIES")
  if(NOT DEFINED arg_NAME)
    set(arg_NAME ${program})
  endif()
  if(NOT DEFINED arg_FILTER)
    set(arg_FILTER "*")
  endif()
  if(AUDIO_STREAM_TEST_PROCESSES)
    gtest_discover_tests(${program} TEST_PREFIX "${arg_PREFIX}" DISCOVERY_TIMEOUT 60
      TEST_FILTER "${arg_FILTER}" TEST_LIST "${arg_NAME}_list" PROPERTIES ${arg_PROPERTIES})
    return()
  endif()
  if(NOT DEFINED arg_SHARDS)
    set(arg_SHARDS 1)
  endif()
  foreach(shard RANGE 1 ${arg_SHARDS})
    math(EXPR index "${shard} - 1")
    set(name "${arg_PREFIX}${arg_NAME}.shard-${shard}")
    add_test(NAME "${name}" COMMAND ${program} --gtest_brief=1 "--gtest_filter=${arg_FILTER}")
    set_tests_properties("${name}" PROPERTIES TIMEOUT 600 ${arg_PROPERTIES})
    set_property(TEST "${name}" APPEND PROPERTY ENVIRONMENT
      GTEST_TOTAL_SHARDS=${arg_SHARDS} GTEST_SHARD_INDEX=${index})
  endforeach()
endfunction()
