/**
 * The sink as a construct for AWS CDK, with what feeds it: `new StarRocksSink(this, 'Orders', { … })`.
 *
 * @module starrocks-sink/cdk
 */

export type { TopicProps } from '../../infra/feeders.ts';
export type { HttpEndpoint, HttpEndpointProps } from '../../infra/http-endpoint.ts';
export type { MySqlSource, MySqlSourceProps } from '../../infra/mysql-source.ts';
export type { PipeProps } from '../../infra/pipes.ts';
export type { SinkOptionsGiven, StageProps, StarRocksSinkProps } from '../../infra/sink-props.ts';
export * from '../../infra/starrocks-sink.ts';
