"""Short names of emoji that Slack knows in every workspace and that models use."""

from __future__ import annotations

from typing import Final

EMOJI_NAMES: Final = frozenset(
    """
    +1 -1 100 1234 airplane alarm_clock ambulance anger angry apple arrow_down arrow_forward arrow_left
    arrow_lower_right arrow_right arrow_right_hook arrow_up arrow_up_down arrow_upper_right
    arrows_clockwise arrows_counterclockwise art astonished baby back balloon ballot_box_with_check
    bangbang bank bar_chart battery beach_with_umbrella bear beer beers bell bike bird birthday
    black_circle black_heart black_large_square blue_book blue_heart blush boat bomb book bookmark
    bookmark_tabs books boom bouquet bow brain bread briefcase broken_heart bug building_construction
    bulb bullettrain_side bus cactus cake calendar camera camping candle card_file_box
    card_index_dividers cat champagne chart_with_downwards_trend chart_with_upwards_trend checkered_flag
    cherry_blossom chess_pawn chicken christmas_tree clap clapper classical_building clipboard clock1
    clock10 clock12 clock2 clock3 clock4 clock5 clock6 clock7 clock8 clock9 closed_book
    closed_lock_with_key cloud clown_face coffee cold_face collision compass computer confetti_ball
    confused construction construction_worker cookie copyright cow credit_card crossed_fingers
    crossed_swords crown cry crying_cat_face crystal_ball cyclone dart dash date deciduous_tree
    desktop_computer diamonds disappointed dizzy dizzy_face dog dollar dolphin door dove_of_peace
    droplet dvd earth_africa earth_americas earth_asia egg eight electric_plug elephant email envelope
    envelope_with_arrow euro exclamation exploding_head eye eyeglasses eyes face_palm face_with_monocle
    face_with_raised_eyebrow factory fallen_leaf family fast_forward fearful feet file_cabinet
    file_folder film_frames fire fire_engine firecracker first_place_medal fish fist five flag-de
    flag-eu flag-fr flag-gb flag-jp flag-us flags flashlight flushed four four_leaf_clover fox_face
    fries frog fuelpump game_die gear gem ghost gift globe_with_meridians goal_net grapes green_apple
    green_book green_heart grey_exclamation grey_question grimacing grin grinning guardsman guitar
    hammer hammer_and_pick hammer_and_wrench hamster handshake hankey hash hatching_chick headphones
    hear_no_evil heart heart_eyes heartbeat hearts heavy_check_mark heavy_division_sign
    heavy_exclamation_mark heavy_minus_sign heavy_multiplication_x heavy_plus_sign herb hibiscus
    high_brightness hocho hospital hot_face hotel hotsprings hourglass hourglass_flowing_sand house
    hugging_face hushed inbox_tray incoming_envelope infinity information_desk_person information_source
    innocent jigsaw joy joystick key keyboard keycap_star kissing_heart label large_blue_circle
    large_blue_diamond large_blue_square large_green_circle large_green_square large_orange_circle
    large_orange_diamond large_orange_square large_purple_circle large_red_square large_yellow_circle
    large_yellow_square laughing leaves ledger left_right_arrow lemon level_slider link
    linked_paperclips lion_face lock lock_with_ink_pen loop loud_sound loudspeaker mag mag_right magnet
    mailbox mailbox_with_mail man man-shrugging maple_leaf mask mechanical_arm medal mega memo
    microphone microscope milky_way minidisc mobile_phone_off money_mouth_face money_with_wings moneybag
    monkey monkey_face mortar_board mountain mouse movie_camera moyai muscle mushroom musical_note mute
    nail_care nerd_face neutral_face new newspaper nine no_bell no_entry no_entry_sign no_good no_mouth
    notebook notebook_with_decorative_cover notes nut_and_bolt ocean octopus office ok ok_hand ok_woman
    old_key one open_book open_file_folder open_hands open_mouth orange_book orange_heart outbox_tray
    owl package page_facing_up page_with_curl palm_tree panda_face paperclip partly_sunny partying_face
    passport_control peach pear pencil pencil2 penguin pensive performing_arts persevere petri_dish
    phone pig pill pinching_hand pineapple pizza point_down point_left point_right point_up point_up_2
    police_car poop popcorn postbox pound pray printer purple_heart pushpin question rabbit raccoon
    racing_car radio rage railway_car rainbow raised_hand raised_hands raising_hand ram recycle red_car
    red_circle registered relaxed relieved reminder_ribbon repeat restroom revolving_hearts ribbon ring
    robot_face rock rocket roller_coaster rolling_on_the_floor_laughing rose rotating_light
    round_pushpin rowboat runner running sailboat salt sandwich satellite satellite_antenna sauropod
    scales school scissors scream scroll second_place_medal secret see_no_evil seedling seven shamrock
    shark sheep shell shield ship shopping_bags shopping_trolley shrug shushing_face six skull sleeping
    sleepy slightly_frowning_face slightly_smiling_face small_blue_diamond small_orange_diamond
    small_red_triangle small_red_triangle_down smile smile_cat smiley smiling_face_with_tear smirk snail
    snake snow_cloud snowflake snowman sob soccer soon sos sound space_invader sparkle sparkler sparkles
    sparkling_heart speak_no_evil speaker speech_balloon speedboat spider spider_web spiral_calendar_pad
    spiral_note_pad spock-hand sports_medal stadium star star-struck star2 stars statue_of_liberty
    stethoscope stopwatch strawberry stuck_out_tongue studio_microphone sun_with_face sunflower
    sunglasses sunny sunrise surfer sushi sweat sweat_drops sweat_smile swimmer syringe t-rex tada
    takeout_box tangerine taxi tea teapot technologist telephone telephone_receiver telescope ten tennis
    tent test_tube thermometer thinking_face third_place_medal thought_balloon three thumbsdown thumbsup
    thunder_cloud_and_rain ticket tiger timer_clock tired_face tomato toolbox tooth tophat tornado
    trackball tractor traffic_light train triangular_flag_on_post triangular_ruler trident triumph
    trophy tropical_drink truck tulip turtle tv two two_hearts umbrella unicorn_face unlock
    upside_down_face v vertical_traffic_light video_camera video_game volcano vulcan_salute walking
    warning wastebasket watch watermelon wave waving_black_flag waving_white_flag weary weight_lifter
    whale wheel_of_dharma wheelchair white_check_mark white_circle white_flower white_heart
    white_large_square wind_blowing_face wind_chime wine_glass wink wolf woman woman-shrugging world_map
    worried wrench writing_hand x yellow_heart yum zap zero zipper_mouth_face zombie zzz
    """.split()  # noqa: SIM905
)
