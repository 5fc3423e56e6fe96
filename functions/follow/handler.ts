import { createFollower, type FollowerSurroundings, invokeAgain } from '../../src/lambda/create-follower.ts';
import { cloudWatch } from '../../src/lambda/observer.ts';

/** What Lambda calls every minute, and what calls itself: it follows until shortly before its deadline, unless another does. */
export const createHandler = (surroundings: FollowerSurroundings) => createFollower(surroundings);

export const handler = createHandler({
  environment: process.env,
  observer: cloudWatch('follow'),
  startSuccessor: invokeAgain(),
});
